import { randomInt } from 'node:crypto'
import { ofKind } from '../manifests/inventory.ts'
import type { CredentialsManifest, Inventory, Placed } from '../manifests/inventory.ts'
import { openSecretsFile } from './secrets-file.ts'
import type { SecretsFile } from './secrets-file.ts'

type Data = Readonly<Record<string, string>>

/**
 * The Secrets and ConfigMaps of the platform: those the manifests hold, those bootstrap would generate, and those the
 * operators' parts put. Generated values are made once and kept in the state folder.
 */
export interface Vault {
  /** Writes a whole Secret or ConfigMap, as an operator does. It is kept in memory only: operators write at each start. */
  put(kind: 'Secret' | 'ConfigMap', namespace: string, name: string, data: Data): void
  /** Undefined when there is none. Throws when a key is a copy of one that does not exist (yet). */
  get(kind: 'Secret' | 'ConfigMap', namespace: string, name: string): Data | undefined
  /** One value; undefined when it or its Secret does not exist. Throws as `get` does, for this key only. */
  value(
    kind: 'Secret' | 'ConfigMap',
    namespace: string,
    name: string,
    key: string,
  ): string | undefined
  /** Its keys; undefined when there is none. Never throws. */
  keys(kind: 'Secret' | 'ConfigMap', namespace: string, name: string): string[] | undefined
  /** The names of a namespace's Secrets or ConfigMaps, sorted. */
  names(kind: 'Secret' | 'ConfigMap', namespace: string): string[]
}

export interface VaultNeeds {
  readonly stateFolder: string
  readonly inventory: Inventory
}

/** A value, or where it is read when somebody asks: its Secret may be written after this one. */
type Entry =
  | { readonly kind: 'known'; readonly text: string }
  | { readonly kind: 'copied'; readonly secret: string; readonly key: string; readonly by: Placed }

/** Opens the vault. Throws when `secrets.json` cannot be read or written, or two documents give the same Secret. */
export function openVault({ stateFolder, inventory }: VaultNeeds): Vault {
  const objects = new Map<string, ReadonlyMap<string, Entry>>()
  const givenBy = new Map<string, Placed>()
  const add = (id: string, entries: ReadonlyMap<string, Entry>, by: Placed) => {
    const other = givenBy.get(id)
    if (other !== undefined) {
      throw new Error(`${id} is declared twice: ${place(other)} and ${place(by)}; keep one of them`)
    }
    givenBy.set(id, by)
    objects.set(id, entries)
  }

  for (const manifest of inventory.manifests) {
    if (manifest.kind !== 'ConfigMap' && manifest.kind !== 'Secret') continue
    add(idOf(manifest.kind, manifest.namespace, manifest.name), known(manifest.data), manifest)
  }
  const file = openSecretsFile(stateFolder)
  for (const credentials of ofKind(inventory, 'Credentials')) {
    for (const { name, keys } of credentials.secrets) {
      const entries = new Map<string, Entry>()
      for (const [key, rule] of Object.entries(keys)) {
        entries.set(key, entryOf(rule, `${credentials.namespace}/${name}`, key, credentials, file))
      }
      add(idOf('Secret', credentials.namespace, name), entries, credentials)
    }
  }
  file.save()

  const resolve = (id: string, key: string, asked: readonly string[]): string | undefined => {
    const entry = objects.get(id)?.get(key)
    if (entry === undefined || entry.kind === 'known') return entry?.text
    const source = idOf('Secret', entry.by.namespace, entry.secret)
    const asking = `key "${key}" of ${id} (${place(entry.by)}) is a copy of key "${entry.key}" of ${source}`
    if (asked.includes(`${source} ${entry.key}`)) {
      throw new Error(`${asking}, which is in turn a copy of it; give one of them a value`)
    }
    const text = resolve(source, entry.key, [...asked, `${id} ${key}`])
    if (text !== undefined) return text
    const missing = objects.has(source) ? 'has no such key' : 'does not exist'
    throw new Error(`${asking}, which ${missing}; declare what writes it, or mend the names`)
  }

  return {
    put(kind, namespace, name, data) {
      objects.set(idOf(kind, namespace, name), known(data))
    },
    get(kind, namespace, name) {
      const id = idOf(kind, namespace, name)
      const keys = objects.get(id)?.keys()
      if (keys === undefined) return undefined
      return Object.fromEntries([...keys].map((key) => [key, resolve(id, key, []) ?? '']))
    },
    value: (kind, namespace, name, key) => resolve(idOf(kind, namespace, name), key, []),
    keys(kind, namespace, name) {
      const keys = objects.get(idOf(kind, namespace, name))?.keys()
      return keys === undefined ? undefined : [...keys]
    },
    names(kind, namespace) {
      const prefix = idOf(kind, namespace, '')
      return [...objects.keys()]
        .filter((id) => id.startsWith(prefix))
        .map((id) => id.slice(prefix.length))
        .toSorted()
    },
  }
}

type Rule = CredentialsManifest['secrets'][number]['keys'][string]

function entryOf(rule: Rule, secret: string, key: string, by: Placed, file: SecretsFile): Entry {
  switch (rule.kind) {
    case 'literal':
      return { kind: 'known', text: rule.text }
    case 'generated':
      return { kind: 'known', text: file.keep(secret, key, () => password(rule.length)) }
    case 'copied':
      return { kind: 'copied', secret: rule.secret, key: rule.key, by }
  }
}

function known(data: Data): ReadonlyMap<string, Entry> {
  return new Map(Object.entries(data).map(([key, text]) => [key, { kind: 'known', text }]))
}

function idOf(kind: 'Secret' | 'ConfigMap', namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`
}

function place({ file, line }: Placed): string {
  return `${file}:${line}`
}

// Letters and digits only: a password that stands in a URL or a shell as it is.
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function password(length: number): string {
  return Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')
}
