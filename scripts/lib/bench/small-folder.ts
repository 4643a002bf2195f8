import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** A folder of small manifests and functions, which find this repository's packages. */
export interface SmallFolder {
  readonly path: string
  readonly write: (file: string, text: string) => Promise<void>
  readonly remove: () => Promise<void>
}

export async function makeSmallFolder(
  files: Readonly<Record<string, string>>,
): Promise<SmallFolder> {
  const path = await mkdtemp(join(tmpdir(), 'nowcast-bench-'))
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(path, file)), { recursive: true })
    await writeFile(join(path, file), text)
  }
  await symlink(packages, join(path, 'node_modules'))
  for (const [file, text] of Object.entries(files)) await write(file, text)
  return {
    path,
    write,
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  }
}
