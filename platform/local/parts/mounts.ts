import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** What stands below a Service's mount folder: files by relative path, and folders whose contents are the process's own. */
export interface Mounted {
  readonly files: ReadonlyMap<string, string>
  readonly folders: ReadonlySet<string>
}

/**
 * Makes a folder hold exactly these files, readable by their owner only: new and changed ones are replaced whole, all
 * others are removed. What is inside `folders` is left as it is.
 */
export function writeMounts(root: string, { files, folders }: Mounted): void {
  ownFolder(root)
  removeOthers(root, '', { files, folders })
  for (const folder of folders) ownFolder(path.join(root, folder))
  for (const [name, text] of files) {
    const file = path.join(root, name)
    ownFolder(path.dirname(file))
    writeFileSync(`${file}.new`, text, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
}

function ownFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
}

function removeOthers(root: string, below: string, mounted: Mounted): void {
  for (const entry of readdirSync(path.join(root, below), { withFileTypes: true })) {
    const name = path.posix.join(below, entry.name)
    if (mounted.folders.has(name)) continue
    if (entry.isDirectory() ? leadsToMounted(name, mounted) : mounted.files.has(name)) {
      if (entry.isDirectory()) removeOthers(root, name, mounted)
    } else {
      rmSync(path.join(root, name), { recursive: true, force: true })
    }
  }
}

function leadsToMounted(folder: string, { files, folders }: Mounted): boolean {
  return [...files.keys(), ...folders].some((name) => name.startsWith(`${folder}/`))
}
