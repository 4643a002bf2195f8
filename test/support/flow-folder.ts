import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A folder with this repository's manifests, but for some, whose Services run this repository's functions. */
export interface FlowFolder {
  readonly path: string
  remove(): Promise<void>
}

/** Copies the manifests; `without` names files under `eventing/` that are left out, e.g. the ticks. */
export async function makeFlowFolder({
  without,
}: {
  without: readonly string[]
}): Promise<FlowFolder> {
  const path = await mkdtemp(join(tmpdir(), 'nowcast-flow-'))
  for (const name of await readdir(join(root, 'functions'))) {
    if (name === 'lib' || name.includes('.')) continue
    await mkdir(join(path, 'functions', name), { recursive: true })
    await cp(
      join(root, 'functions', name, 'service.yaml'),
      join(path, 'functions', name, 'service.yaml'),
    )
    // Node runs a main file from where it really stands, so the function finds its own modules.
    await symlink(
      join(root, 'functions', name, 'index.ts'),
      join(path, 'functions', name, 'index.ts'),
    )
  }
  await cp(join(root, 'eventing'), join(path, 'eventing'), { recursive: true })
  for (const part of ['kafka', 'mongodb', 'secrets.yaml']) {
    await cp(join(root, 'platform', part), join(path, 'platform', part), { recursive: true })
  }
  for (const name of without) await rm(join(path, 'eventing', name))
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}
