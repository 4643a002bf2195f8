import type { z } from 'zod'
import { explain, type Fault } from './explain.ts'
import type { Manifest, Placed } from './inventory.ts'
import type { Need } from './needs.ts'

/** What one document says, and what it needs the others to declare. */
export interface Read {
  readonly manifest: Manifest
  readonly needs: readonly Need[]
}

/** How documents of one kind are read. */
export interface Kind {
  readonly kind: string
  /** The only version that is read: the one a cluster of today serves. */
  readonly apiVersion: string
  /** One sentence: what a laptop makes of it. */
  readonly meaning: string
  readonly schema: z.ZodType
  /** A list of credentials gives one manifest for each namespace; every other document gives one. */
  parse(document: unknown, at: Position): { reads: Read[] } | { faults: Fault[] }
}

export interface Position {
  readonly file: string
  readonly line: number
}

/** Reports what no schema can say: fields that contradict one another. */
export type Complain = (path: readonly PropertyKey[], message: string) => void

interface Named {
  /** Kinds that belong to no namespace have none. */
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** A kind from its schema and the function that turns a checked document into its manifest. */
export function defineKind<S extends z.ZodType<Named>>(definition: {
  readonly kind: string
  readonly apiVersion: string
  readonly meaning: string
  readonly schema: S
  readonly read: (document: z.output<S>, place: Placed, complain: Complain) => Read
}): Kind {
  const { schema, read, ...names } = definition
  return {
    ...names,
    schema,
    parse(document, at) {
      const parsed = schema.safeParse(document)
      if (!parsed.success) {
        return { faults: parsed.error.issues.flatMap((issue) => explain(issue, document, schema)) }
      }
      const { name, namespace = '' } = parsed.data.metadata
      const faults: Fault[] = []
      const result = read(parsed.data, { name, namespace, ...at }, (path, message) => {
        faults.push({ path, message })
      })
      return faults.length > 0 ? { faults } : { reads: [result] }
    },
  }
}
