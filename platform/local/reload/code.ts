import { createHash } from 'node:crypto'
import { readFileSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import type { ServiceManifest } from '../manifests/inventory.ts'

/** The files that a Service's processes run, by real path, each with a digest of what it holds; '' is not there (yet). */
export type Code = ReadonlyMap<string, string>

const EXTENSIONS = ['.ts', '.js', '.mjs', '.cjs', '.mts', '.cts', '.json']
const SOURCE = /\.[mc]?[jt]s$/
const IMPORTS =
  /\b(?:import|export)\s[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]|\bnew URL\(\s*['"](\.[^'"]+)['"]/g

/**
 * Reads the code of Services as it is now: the files their commands name and, from there on, whatever those import by a
 * relative path. Packages are not followed: they change by an installation, not by an edit.
 */
export function readCode(folder: string, manifests: readonly ServiceManifest[]): Code[] {
  const files = new Map<string, SourceFile>()
  const read = (file: string): SourceFile => {
    const known = files.get(file) ?? readSource(file)
    files.set(file, known)
    return known
  }
  return manifests.map((manifest) => {
    const code = new Map<string, string>()
    const open = entriesOf(folder, manifest)
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (code.has(file)) continue
      const { digest, imports } = read(file)
      code.set(file, digest)
      open.push(...imports)
    }
    return code
  })
}

/** The files in which two states of a Service's code differ. */
export function changedFiles(before: Code, after: Code): string[] {
  const all = new Set([...before.keys(), ...after.keys()])
  return [...all].filter((file) => before.get(file) !== after.get(file))
}

interface SourceFile {
  readonly digest: string
  readonly imports: readonly string[]
}

function readSource(file: string): SourceFile {
  const bytes = readIfThere(file)
  if (bytes === undefined) return { digest: '', imports: [] }
  const digest = createHash('sha256').update(bytes).digest('base64')
  if (!SOURCE.test(file)) return { digest, imports: [] }
  const imports = [...bytes.toString().matchAll(IMPORTS)].flatMap((match) => {
    const name = match.slice(1).find((group) => group !== undefined) ?? ''
    return name.startsWith('.') ? [resolved(path.resolve(path.dirname(file), name))] : []
  })
  return { digest, imports }
}

/** The files of the folder that a command names, as a word or as an option's value: `--source=functions/score.js`. */
function entriesOf(folder: string, { command, workingDirectory }: ServiceManifest): string[] {
  const from = path.join(folder, path.normalize(`/${workingDirectory ?? ''}`))
  return command.slice(1).flatMap((word) => {
    const named = path.resolve(from, word.slice(word.indexOf('=') + 1))
    const isOwn = named === folder || named.startsWith(folder + path.sep)
    if (!isOwn) return []
    const kind = kindOf(named)
    if (kind === 'folder') return word === '' ? [] : [mainOf(named)].filter(isFile)
    return kind === 'file' ? [resolved(named)] : []
  })
}

function mainOf(folder: string): string {
  const manifest: unknown = parsed(readIfThere(path.join(folder, 'package.json')))
  const main =
    typeof manifest === 'object' && manifest !== null && 'main' in manifest ? manifest.main : '.'
  return resolved(path.resolve(folder, typeof main === 'string' ? main : '.'))
}

/** The file that an import means: as it is named, with an extension, or the index of a folder. */
function resolved(named: string): string {
  const choices = [named, ...EXTENSIONS.flatMap((end) => [named + end, `${named}/index${end}`])]
  const found = choices.find(isFile)
  // One that is missing is watched for under the name it was asked by.
  return found === undefined ? named : realpathSync(found)
}

function isFile(file: string): boolean {
  return kindOf(file) === 'file'
}

function kindOf(file: string): 'file' | 'folder' | undefined {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  return stats.isDirectory() ? 'folder' : 'file'
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    // Between two saves of an editor a file may be away: that is a state of it, too.
    return undefined
  }
}

function parsed(bytes: Buffer | undefined): unknown {
  try {
    return JSON.parse(bytes?.toString() ?? '')
  } catch {
    // An unreadable package.json names no main file; Node says so when the command runs.
    return undefined
  }
}
