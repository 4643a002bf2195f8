import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** The generated values of Secrets, kept in a file only its owner can read. */
export interface SecretsFile {
  /** The value kept for a Secret's key; made by `make` when there is none yet. */
  keep(secret: string, key: string, make: () => string): string
  /** Writes what is new; whole or not at all. */
  save(): void
}

type Kept = Record<string, Record<string, string>>

/** Reads `<stateFolder>/secrets.json`. Throws when it is there and cannot be read: its values are never made anew unasked. */
export function openSecretsFile(stateFolder: string): SecretsFile {
  const file = path.join(stateFolder, 'secrets.json')
  const kept = read(file)
  let isNew = false
  return {
    keep(secret, key, make) {
      const values = (kept[secret] ??= {})
      const value = values[key] ?? make()
      isNew ||= values[key] === undefined
      values[key] = value
      return value
    },
    save() {
      if (!isNew) return
      const draft = `${file}.new`
      writeFileSync(draft, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600, flush: true })
      renameSync(draft, file)
      isNew = false
    },
  }
}

function read(file: string): Kept {
  const text = textOf(file)
  if (text === undefined) return {}
  const kept = parseKept(parseJson(text))
  if (kept !== undefined) return kept
  throw new Error(
    `${file} is damaged; restore it, or delete it (or start with --fresh) to have new credentials generated`,
  )
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const isMissing =
      typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT'
    if (isMissing) return undefined
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes what it met, which is a secret: only the file is named.
    return undefined
  }
}

function parseKept(value: unknown): Kept | undefined {
  if (!isObject(value)) return undefined
  const kept: Kept = {}
  for (const [secret, values] of Object.entries(value)) {
    if (!isObject(values)) return undefined
    const texts: Record<string, string> = {}
    for (const [key, text] of Object.entries(values)) {
      if (typeof text !== 'string') return undefined
      texts[key] = text
    }
    kept[secret] = texts
  }
  return kept
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
