import { isDeepStrictEqual } from 'node:util'
import type { Collection } from 'mongodb'
import { z } from 'zod'

import { isClash, isMissing, isUnauthorized, UnusableDatabaseError } from './mongodb-errors.ts'

/** An index that must be there; its keys in order. */
interface Index {
  readonly name: string
  readonly key: readonly (readonly [field: string, direction: 1 | -1])[]
  readonly unique?: true
  readonly expireAfterSeconds?: number
  readonly partialFilterExpression?: Readonly<Record<string, unknown>>
}

export interface IndexedCollection {
  readonly database: 'data' | 'models'
  readonly indexes: readonly Index[]
}

const found = z.array(
  z.object({
    name: z.string(),
    key: z.record(z.string(), z.unknown()),
    unique: z.optional(z.boolean()),
    expireAfterSeconds: z.optional(z.number()),
    partialFilterExpression: z.optional(z.record(z.string(), z.unknown())),
  }),
)
type Found = z.infer<typeof found>[number]

/**
 * Makes the indexes of a collection that are missing; others than ours may stand beside them. A user that may not read
 * the collection has no use for it, and one that may only read leaves its indexes to those who write.
 *
 * Throws an `UnusableDatabaseError` when an index of that name or those keys is there and is another one, and when what
 * is stored breaks a unique one.
 */
export async function ensureIndexes({
  collection,
  indexes,
}: {
  collection: Collection
  indexes: readonly Index[]
}): Promise<void> {
  try {
    const there = await indexesOf(collection)
    const missing = indexes.filter((index) => !isThere(index, there, collection.namespace))
    if (missing.length > 0) await collection.createIndexes(missing.map(descriptionOf))
  } catch (error) {
    if (isUnauthorized(error)) return
    if (!isClash(error)) throw error
    throw new UnusableDatabaseError(
      `${collection.namespace} holds documents that are there twice, so its unique index cannot be made: delete one of each`,
      { cause: error },
    )
  }
}

async function indexesOf(collection: Collection): Promise<Found[]> {
  try {
    return found.parse(await collection.listIndexes().toArray())
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function isThere(index: Index, there: readonly Found[], namespace: string): boolean {
  const wanted = descriptionOf(index)
  const other = there.find(
    (one) => one.name === index.name || isDeepStrictEqual(placeOf(one), placeOf(wanted)),
  )
  if (other === undefined) return false
  if (isDeepStrictEqual(propertiesOf(other), propertiesOf(wanted))) return true
  throw new UnusableDatabaseError(
    `index "${other.name}" of ${namespace} is ${JSON.stringify(propertiesOf(other))} and must be ` +
      `${JSON.stringify(propertiesOf(wanted))}: drop it, and it is made anew`,
  )
}

function descriptionOf({ key, ...rest }: Index) {
  return { ...rest, key: Object.fromEntries(key) }
}

type Described = Omit<Found, 'name'>

/** What two indexes of one collection cannot have in common. */
function placeOf({ key, partialFilterExpression }: Described) {
  return { key: Object.entries(key), partialFilterExpression }
}

function propertiesOf({
  key,
  unique = false,
  expireAfterSeconds,
  partialFilterExpression,
}: Described) {
  return { key: Object.entries(key), unique, expireAfterSeconds, partialFilterExpression }
}
