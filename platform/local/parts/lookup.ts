import type { ServiceManifest } from '../manifests/inventory.ts'
import type { Vault } from './vault.ts'

/** A Secret or ConfigMap that a container names. */
interface Reference {
  readonly kind: 'Secret' | 'ConfigMap'
  readonly name: string
  readonly optional: boolean
}

/** Reads what one Service's container names, and gathers what is missing, so that all of it is told at once. */
export interface Lookup {
  /** The keys of what `who` names (e.g. `env DATABASE_URL`); undefined when it is missing. */
  keys(who: string, reference: Reference): string[] | undefined
  value(who: string, reference: Reference, key: string): string | undefined
  problem(text: string): void
  /** Throws one error with every problem. */
  finish(): void
}

/** A missing Secret, ConfigMap or key is a problem of the Service unless its reference is optional. */
export function createLookup(service: ServiceManifest, vault: Vault): Lookup {
  const { name, namespace, file, line } = service
  const problems = new Set<string>()
  const miss = (reference: Reference, text: () => string) => {
    if (!reference.optional) problems.add(text())
    return undefined
  }
  const keys = (who: string, reference: Reference, what: string) => {
    const found = vault.keys(reference.kind, namespace, reference.name)
    if (found !== undefined) return found
    return miss(reference, () => {
      const there = listed(vault.names(reference.kind, namespace))
      return `${who} needs ${what}, which does not exist; ${WRITERS[reference.kind]}; namespace ${namespace} has ${there}`
    })
  }
  const id = (reference: Reference) => `${reference.kind} ${namespace}/${reference.name}`

  return {
    keys: (who, reference) => keys(who, reference, id(reference)),
    value(who, reference, key) {
      const what = `key "${key}" of ${id(reference)}`
      const found = keys(who, reference, what)
      if (found === undefined) return undefined
      if (!found.includes(key)) {
        return miss(reference, () => `${who} needs ${what}; it has ${listed(found)}`)
      }
      try {
        return vault.value(reference.kind, namespace, reference.name, key)
      } catch (error) {
        // A copy of what nobody wrote: the vault names both.
        problems.add(`${who}: ${error instanceof Error ? error.message : 'cannot be read'}`)
        return undefined
      }
    },
    problem: (text) => problems.add(text),
    finish() {
      if (problems.size === 0) return
      throw new Error([`Service ${name} (${file}:${line})`, ...problems].join('\n- '))
    },
  }
}

const WRITERS = {
  ConfigMap: 'a ConfigMap manifest would provide it',
  Secret:
    'a Secret manifest, the list of generated credentials, a KafkaUser of that name or a MongoDBCommunity with that connection Secret would provide it',
} as const

const LISTED = 20

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  const shown = names.slice(0, LISTED).join(', ')
  return names.length > LISTED ? `${shown} and ${names.length - LISTED} more` : shown
}
