import type { Identity } from './checks/declared.ts'
import type { SourceDocument } from './documents.ts'
import type { Kind, Read } from './kind.ts'

/** A document whose kind is known, and what it says. */
export interface Entry {
  readonly document: SourceDocument
  readonly kind: Kind
  /** Undefined: a list of credentials, which names its Secrets one by one, or a document without a name. */
  readonly identity: Identity | undefined
  /** Empty: the document has a fault. */
  readonly reads: readonly Read[]
}
