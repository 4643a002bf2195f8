import { fieldOf } from '../documents.ts'
import type { Entry } from '../entry.ts'
import type { Manifest } from '../inventory.ts'
import type { Problem } from '../problems.ts'
import { secretsOf } from './declared.ts'

/** Something that may be there only once, and where it was written. */
interface Claim {
  /** What it is, as the start of a sentence: two claims of the same exclude one another. */
  readonly what: string
  /** Who claims it, e.g. `KafkaSink mldead`. */
  readonly who: string
  readonly file: string
  readonly line: number
}

/** What a document claims for itself: its name, its topic, the Secrets it or its operator brings. */
export function claimsOf({ document, identity, reads }: Entry): Claim[] {
  const at = (path: readonly PropertyKey[]): { file: string; line: number } => ({
    file: document.file,
    line: document.lineOf(path),
  })
  const claims: Claim[] = []
  // A Secret claims its name below, as the other kinds that bring Secrets do.
  if (identity !== undefined && (identity.kind !== 'Secret' || reads.length === 0)) {
    const { kind, namespace, name } = identity
    const what = `the ${kind} ${name}${namespace === '' ? '' : ` in namespace "${namespace}"`}`
    claims.push({ what, who: `${kind} ${name}`, ...at(['metadata', 'name']) })
  }
  for (const { manifest } of reads) {
    const who = `${manifest.kind} ${manifest.name}`
    if (manifest.kind === 'KafkaTopic') {
      const spec = fieldOf(document.value, 'spec')
      const path =
        fieldOf(spec, 'topicName') === undefined ? ['metadata', 'name'] : ['spec', 'topicName']
      claims.push({ what: `the topic "${manifest.topic}"`, who, ...at(path) })
    }
    for (const { name } of secretsOf(manifest)) {
      const what = `the Secret "${name}" in namespace "${manifest.namespace}"`
      claims.push({ what, who, ...at(pathOfSecret(manifest, name, document.value)) })
    }
  }
  return claims
}

function pathOfSecret(manifest: Manifest, name: string, value: unknown): PropertyKey[] {
  if (manifest.kind !== 'Credentials' || !Array.isArray(value)) return ['metadata', 'name']
  const index = value.findIndex(
    (entry: unknown) =>
      fieldOf(entry, 'name') === name &&
      (fieldOf(entry, 'namespace') ?? 'default') === manifest.namespace,
  )
  return [index, 'name']
}

/** Every claim after the first of the same thing. */
export function faultsOfClaims(claims: readonly Claim[]): Problem[] {
  const first = new Map<string, Claim>()
  const problems: Problem[] = []
  for (const claim of claims) {
    const { what, who, file, line } = claim
    const earlier = first.get(what)
    if (earlier === undefined) {
      first.set(what, claim)
      continue
    }
    // A copied document claims several things at once: its name tells enough.
    if (problems.some((told) => told.file === file && told.line === line)) continue
    const by = earlier.who === who ? '' : `, by ${earlier.who}`
    const message = `${who}: ${what} is declared at ${earlier.file}:${earlier.line} already${by}; rename or remove one of them`
    problems.push({ file, line, message })
  }
  return problems
}
