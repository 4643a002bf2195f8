import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, parseDocument, stringify } from 'yaml'
import { z } from 'zod'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A folder with this repository's manifests, but for some, whose Services run this repository's functions. */
export interface FlowFolder {
  readonly path: string
  remove(): Promise<void>
}

/**
 * Copies the manifests; `without` names files under `eventing/` that are left out, e.g. the ticks, and `models` the
 * declared models that are kept (all unless it is given).
 */
export async function makeFlowFolder({
  without,
  models,
}: {
  without: readonly string[]
  models?: readonly string[]
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
  if (models !== undefined) await keepModels(join(path, 'eventing', 'models.yaml'), models)
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}

async function keepModels(file: string, models: readonly string[]): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'))
  const key = ['data', 'models.yaml']
  const declared = z
    .array(z.looseObject({ name: z.string() }))
    .parse(parse(String(document.getIn(key))))
  const kept = declared.filter(({ name }) => models.includes(name))
  document.setIn(key, stringify(kept))
  await writeFile(file, document.toString())
}
