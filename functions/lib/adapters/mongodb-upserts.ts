import { MongoBulkWriteError } from 'mongodb'
import type { ClientSession, Collection, Document } from 'mongodb'

import { RetryableError } from '../errors.ts'
import { CLASH } from './mongodb-errors.ts'

/** An upsert of the one document that a filter on unique fields names, as a pipeline: the server computes the merge. */
export interface Upsert {
  readonly filter: Document
  readonly update: Document[]
}

/** Writers of one document at the same time; each turn lets at least one of them through. */
const TURNS = 20

/**
 * Writes them in any order, in as few round trips as the driver needs, and answers which of them made their document:
 * what those wrote is the whole of it. Two writers that both find a document missing clash on its unique index; the
 * one who lost writes again and then finds it.
 */
export async function upsertAll(
  collection: Collection,
  upserts: readonly Upsert[],
  session?: ClientSession,
): Promise<ReadonlySet<Upsert>> {
  const made = new Set<Upsert>()
  let left = upserts
  for (let turn = 0; turn < TURNS && left.length > 0; turn += 1) {
    const { inserted, clashed } = await upsertOnce(collection, left, session)
    for (const index of inserted) made.add(at(left, index))
    left = clashed.map((index) => at(left, index))
  }
  if (left.length > 0) throw new RetryableError(`${left.length} documents have too many writers`)
  return made
}

async function upsertOnce(
  collection: Collection,
  upserts: readonly Upsert[],
  session: ClientSession | undefined,
): Promise<{ inserted: number[]; clashed: number[] }> {
  try {
    const { upsertedIds } = await collection.bulkWrite(
      upserts.map(({ filter, update }) => ({ updateOne: { filter, update, upsert: true } })),
      { ordered: false, ...(session && { session }) },
    )
    return { inserted: Object.keys(upsertedIds).map(Number), clashed: [] }
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error
    const failures = [error.writeErrors].flat()
    if (failures.length === 0 || failures.some(({ code }) => code !== CLASH)) throw error
    return {
      inserted: Object.keys(error.upsertedIds).map(Number),
      clashed: failures.map(({ index }) => index),
    }
  }
}

function at(upserts: readonly Upsert[], index: number): Upsert {
  const upsert = upserts[index]
  if (upsert === undefined) throw new Error('MongoDB speaks of a write that it was not asked for')
  return upsert
}

/** A value as it is, also where the server would read a text with a dollar as a field's name. */
export function literal(value: unknown): Document {
  return { $literal: value }
}

/** The server's time at the first write, and that time ever after. */
export const FIRST_STORED_AT = { $ifNull: ['$storedAt', '$$NOW'] } as const
