import { fieldOf } from '../manifests/documents.ts'
import type { Entry } from '../manifests/entry.ts'
import type { Problem } from '../manifests/problems.ts'
import { problemAt, writtenAs } from './written.ts'

/** A key that is a copy of another. */
interface Copy {
  readonly id: string
  /** The id of what it is a copy of. */
  readonly from: string
  readonly problem: (message: string) => Problem
}

/** Generated credentials that are copies of one another in a circle: nobody gives them a value. */
export function faultsOfCopies(entries: readonly Entry[]): Problem[] {
  const copies = writtenAs(entries, 'Credentials').flatMap((written) => {
    const { namespace, secrets } = written.manifest
    const { value } = written.document
    const list: readonly unknown[] = Array.isArray(value) ? value : []
    return secrets.flatMap(({ name, keys }) => {
      const index = list.findIndex(
        (each) =>
          fieldOf(each, 'name') === name && (fieldOf(each, 'namespace') ?? 'default') === namespace,
      )
      return Object.entries(keys).flatMap(([key, rule]): Copy[] => {
        if (rule.kind !== 'copied') return []
        const path = [index, 'keys', key, 'from']
        return [
          {
            id: `${namespace}/${name}/${key}`,
            from: `${namespace}/${rule.secret}/${rule.key}`,
            problem: (message) =>
              problemAt(written, path, `key "${key}" of Secret "${name}" ${message}`),
          },
        ]
      })
    })
  })
  const sources = new Map(copies.map(({ id, from }) => [id, from]))
  return copies
    .filter(({ id }) => comesBack(id, sources))
    .map(({ problem }) =>
      problem('is in the end a copy of itself, so nobody gives it a value; generate one of them'),
    )
}

function comesBack(id: string, sources: ReadonlyMap<string, string>): boolean {
  const seen = new Set<string>()
  for (let at = sources.get(id); at !== undefined && !seen.has(at); at = sources.get(at)) {
    if (at === id) return true
    seen.add(at)
  }
  return false
}
