import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { byText } from './problems.ts'

/** The folders of a project that hold manifests; a folder with none of them is read whole. */
const FOLDERS = ['functions', 'eventing', 'platform']
/** Kustomize's own files and folders, and the embedded platform itself, declare nothing that runs. */
const SKIPPED_FOLDERS = new Set(['overlays', 'components', 'node_modules'])
const SKIPPED_FILES = new Set(['kustomization.yaml', 'kustomization.yml'])

/** The manifest files of a folder: paths relative to it with `/`, in order. */
export async function manifestFiles(folder: string): Promise<string[]> {
  const top = await entries(folder)
  const known = top.filter(({ name, directory }) => directory && FOLDERS.includes(name))
  const found =
    known.length > 0
      ? await Promise.all(known.map(({ name }) => filesBelow(folder, name)))
      : [await filesBelow(folder, '')]
  return found.flat().toSorted(byText)
}

/** The folders in which `manifestFiles` looks, absolute, the folder itself among them. */
export async function manifestFolders(folder: string): Promise<string[]> {
  const known = (await entries(folder)).filter(
    ({ name, directory }) => directory && FOLDERS.includes(name),
  )
  const below =
    known.length > 0
      ? (await Promise.all(known.map(({ name }) => foldersBelow(folder, name)))).flat()
      : await foldersBelow(folder, '')
  return [...new Set([folder, ...below])]
}

async function foldersBelow(folder: string, path: string): Promise<string[]> {
  const found = await Promise.all(
    (await entries(join(folder, path))).map(async ({ name, directory }) => {
      const below = path === '' ? name : `${path}/${name}`
      return directory && isRead(name, below) ? foldersBelow(folder, below) : []
    }),
  )
  return [join(folder, path), ...found.flat()]
}

async function filesBelow(folder: string, path: string): Promise<string[]> {
  const found = await Promise.all(
    (await entries(join(folder, path))).map(async ({ name, directory }) => {
      const below = path === '' ? name : `${path}/${name}`
      if (directory) return isRead(name, below) ? filesBelow(folder, below) : []
      return /\.ya?ml$/.test(name) && !name.startsWith('.') && !SKIPPED_FILES.has(name)
        ? [below]
        : []
    }),
  )
  return found.flat()
}

function isRead(name: string, path: string): boolean {
  return !name.startsWith('.') && !SKIPPED_FOLDERS.has(name) && path !== 'platform/local'
}

async function entries(folder: string): Promise<{ name: string; directory: boolean }[]> {
  const found = await readdir(folder, { withFileTypes: true })
  return Promise.all(
    found.map(async (entry) => {
      // A link to a file is read as the file; a link to a folder could lead in a circle.
      if (!entry.isSymbolicLink()) return { name: entry.name, directory: entry.isDirectory() }
      const target = await stat(join(folder, entry.name))
      return { name: target.isFile() ? entry.name : '', directory: false }
    }),
  )
}
