import type { SourceDocument } from '../manifests/documents.ts'
import type { Entry } from '../manifests/entry.ts'
import type { Kind, Manifest } from '../manifests/inventory.ts'
import type { Problem } from '../manifests/problems.ts'

/** A manifest and the document it was read from. */
export interface Written<K extends Kind> {
  readonly manifest: Extract<Manifest, { kind: K }>
  readonly document: SourceDocument
}

/** The manifests of one kind, each with its document. */
export function writtenAs<K extends Kind>(entries: readonly Entry[], kind: K): Written<K>[] {
  return entries.flatMap(({ document, reads }) =>
    reads.flatMap(({ manifest }) => (isOf(manifest, kind) ? [{ manifest, document }] : [])),
  )
}

function isOf<K extends Kind>(
  manifest: Manifest,
  kind: K,
): manifest is Extract<Manifest, { kind: K }> {
  return manifest.kind === kind
}

/** A problem at a field of a manifest. */
export function problemAt(
  { manifest, document }: { readonly manifest: Manifest; readonly document: SourceDocument },
  path: readonly PropertyKey[],
  message: string,
): Problem {
  return {
    file: document.file,
    line: document.lineOf(path),
    message: `${manifest.kind} ${manifest.name}: ${message}`,
  }
}
