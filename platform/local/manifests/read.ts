import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { declaredBy, type Identity } from './checks/declared.ts'
import { claimsOf, faultsOfClaims } from './checks/claims.ts'
import { faultOfNeed } from './checks/needs.ts'
import { fieldOf, readDocuments, type SourceDocument } from './documents.ts'
import { manifestFiles } from './files.ts'
import type { Inventory } from './inventory.ts'
import type { Kind } from './kind.ts'
import type { Entry } from './entry.ts'
import { credentials } from './kinds/credentials.ts'
import { KNOWN_KINDS } from './known-kinds.ts'
import { ManifestError, type Problem } from './problems.ts'
import { refusal } from './unsupported.ts'

/** What the documents of a folder say, and everything that is wrong with them. */
export interface Inspection {
  /** Absolute path of the folder. */
  readonly folder: string
  /** In the order they were read. */
  readonly entries: readonly Entry[]
  readonly problems: readonly Problem[]
  /** Whether every document could be read: else some of what the folder declares is not known. */
  readonly isWhole: boolean
}

/**
 * Reads every manifest of a folder: the YAML under `functions/`, `eventing/` and `platform/`, or under the whole folder
 * when it has none of them.
 *
 * Rejects with one `ManifestError` that names everything wrong, by file and line. What a file declares that is no YAML
 * is not known, so missing references are told only once every file can be read.
 */
export async function readManifests(folder: string): Promise<Inventory> {
  const inspection = await inspectManifests(folder)
  if (inspection.problems.length > 0) throw new ManifestError(inspection.problems)
  const manifests = inspection.entries.flatMap(({ reads }) => reads.map((read) => read.manifest))
  return { folder: inspection.folder, manifests }
}

/** Reads a folder as `readManifests` does, and answers what is wrong beside what it could read. */
export async function inspectManifests(folder: string): Promise<Inspection> {
  const absolute = resolve(folder)
  const documents: SourceDocument[] = []
  const problems: Problem[] = []
  for (const file of await manifestFiles(absolute)) {
    const read = readDocuments(file, await readFile(join(absolute, file), 'utf8'))
    documents.push(...read.documents)
    problems.push(...read.problems)
  }
  const isYaml = problems.length === 0
  const entries = documents.flatMap((document) => readDocument(document, problems))
  const isWhole = isYaml && problems.length === 0
  problems.push(...faultsOfClaims(entries.flatMap(claimsOf)))
  if (isYaml) problems.push(...faultsOfNeeds(entries))
  if (problems.length === 0 && entries.length === 0) {
    throw new Error(
      `${absolute} holds no manifest; name a folder with YAML files of Kubernetes kinds`,
    )
  }
  return { folder: absolute, entries, problems, isWhole }
}

/** The document's entry, or none when its kind is not read. */
function readDocument(document: SourceDocument, problems: Problem[]): Entry[] {
  const { file, line, value } = document
  const kind = kindOf(value)
  if (typeof kind === 'string') {
    const path = ['kind'].filter((field) => fieldOf(value, field) !== undefined)
    problems.push({ file, line: document.lineOf(path), message: kind })
    return []
  }
  const who = whoIs(kind, value)
  const apiVersion = fieldOf(value, 'apiVersion')
  const identity = identityOf(kind, value)
  if (kind !== credentials && apiVersion !== kind.apiVersion) {
    const fault = typeof apiVersion === 'string' ? `is ${apiVersion}` : 'is missing'
    const message = `${who}: apiVersion ${fault}; write ${kind.apiVersion}, the one of a ${kind.kind}`
    problems.push({ file, line: document.lineOf(['apiVersion']), message })
    return [{ document, kind, identity, reads: [] }]
  }
  const parsed = kind.parse(value, { file, line })
  if ('reads' in parsed) return [{ document, kind, identity, reads: parsed.reads }]
  for (const { path, message } of parsed.faults) {
    problems.push({ file, line: document.lineOf(path), message: `${who}: ${message}` })
  }
  return [{ document, kind, identity, reads: [] }]
}

/** The kind of a document, or what is wrong with it. */
function kindOf(value: unknown): Kind | string {
  if (Array.isArray(value)) return credentials
  const name = fieldOf(value, 'kind')
  if (typeof name !== 'string') {
    return 'a document without a kind; write apiVersion and kind, or move the file to a folder that is not read'
  }
  const known = KNOWN_KINDS.filter((each) => each !== credentials)
  return (
    known.find((each) => each.kind === name) ??
    refusal(
      name,
      known.map((each) => each.kind),
    )
  )
}

function identityOf(kind: Kind, value: unknown): Identity | undefined {
  const metadata = fieldOf(value, 'metadata')
  const name = fieldOf(metadata, 'name')
  const namespace = fieldOf(metadata, 'namespace') ?? 'default'
  if (typeof name !== 'string' || typeof namespace !== 'string') return undefined
  return { kind: kind.kind, namespace, name }
}

function whoIs(kind: Kind, value: unknown): string {
  const name = fieldOf(fieldOf(value, 'metadata'), 'name')
  return typeof name === 'string' ? `${kind.kind} ${name}` : kind.kind
}

function faultsOfNeeds(entries: readonly Entry[]): Problem[] {
  const identities = entries.flatMap(({ identity }) => (identity === undefined ? [] : [identity]))
  const reads = entries.flatMap((entry) => entry.reads)
  const unsure = new Set(
    entries.filter((each) => each.reads.length === 0).map(({ kind }) => kind.kind),
  )
  const declared = declaredBy(
    identities,
    reads.map(({ manifest }) => manifest),
    unsure,
  )
  return entries.flatMap(({ document, kind, reads: own }) =>
    own.flatMap(({ needs }) =>
      needs.flatMap((need) => {
        const fault = faultOfNeed(need, declared)
        if (fault === undefined) return []
        const message = `${whoIs(kind, document.value)}: ${fault}`
        return [{ file: document.file, line: document.lineOf(need.path), message }]
      }),
    ),
  )
}
