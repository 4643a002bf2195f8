import type { ClientSession, Document, Filter } from 'mongodb'

import type { RowPatch, StoredRow } from '../events.ts'
import { MAX_FEATURES, MAX_MODELS } from '../ports/rows.ts'
import type { Rows } from '../ports/rows.ts'
import { timestampKey } from '../timestamps.ts'
import { chunks } from './chunks.ts'
import { parseRow } from './documents.ts'
import { fitsRow } from './row-limits.ts'
import type { MongoDatabase } from './mongodb-database.ts'
import { FIRST_STORED_AT, literal, upsertAll } from './mongodb-upserts.ts'
import type { Upsert } from './mongodb-upserts.ts'

const ROWS_A_WRITE = 500

/** However long a window is, no more rows than this are read into memory. */
const MAX_WINDOW = 100_000

const FIELDS = { _id: 0, series: 1, timestamp: 1, features: 1, target: 1, predictions: 1 }

/** A row with features and target, as the partial index `complete` has it. */
const COMPLETE = { target: { $exists: true }, features: { $exists: true } }

/**
 * Rows in MongoDB, one document each: `{series, timestamp, time, features, target, predictions, storedAt}`, of which
 * features, target and predictions are absent until they arrive.
 */
export function mongodbRows(database: MongoDatabase): Rows {
  const { client } = database
  const rows = database.collection('ts')

  // What the session reads is never older than what it wrote, also when another server has become the primary.
  const mergeChunk = (patches: readonly RowPatch[]): Promise<Map<string, StoredRow>> =>
    client.withSession({ causalConsistency: true }, async (session) => {
      const upserts = patches.map((patch) => ({ ...upsertOf(patch), patch }))
      const made = await upsertAll(rows, upserts, session)
      const stored = new Map<string, StoredRow>()
      for (const upsert of upserts) {
        if (made.has(upsert)) stored.set(keyOf(upsert.patch), rowOf(upsert.patch))
      }
      const others = upserts.filter((upsert) => !made.has(upsert)).map(({ patch }) => patch)
      for (const document of await found(others, session)) {
        const row = parseRow(document)
        stored.set(keyOf(row), row)
      }
      return stored
    })

  /** Merges patches of different rows together; what the row of several would not hold, one after the other. */
  async function mergeRows(
    patches: readonly RowPatch[],
  ): Promise<(patch: RowPatch) => StoredRow | undefined> {
    const joined = patchesByRow(patches)
    const stored = await mergeChunk(joined.map(({ whole }) => whole).filter(fitsRow))
    const answers = new Map<RowPatch, StoredRow | undefined>()
    for (const { whole, parts } of joined) {
      const row = stored.get(keyOf(whole))
      if (row === undefined && fitsRow(whole)) {
        throw new Error('a row that was stored cannot be read')
      }
      if (row !== undefined && holds(row, whole)) {
        for (const part of parts) answers.set(part, row)
      } else if (parts.length > 1) {
        for (const part of parts) answers.set(part, (await mergeRows([part]))(part))
      }
    }
    return (patch) => answers.get(patch)
  }

  async function found(patches: readonly RowPatch[], session: ClientSession): Promise<Document[]> {
    if (patches.length === 0) return []
    return rows.find(keysOf(patches), { session, projection: FIELDS }).toArray()
  }

  return {
    async merge(patches) {
      const stored: (StoredRow | undefined)[] = []
      for (const chunk of chunks(patches, ROWS_A_WRITE)) {
        const answer = await database.run(() => mergeRows(chunk.filter(fitsRow)))
        stored.push(...chunk.map(answer))
      }
      return stored
    },
    newestComplete: (series) =>
      database.run(async () => {
        const [row] = await rows
          .find({ series, ...COMPLETE }, { projection: FIELDS })
          .sort({ timestamp: -1 })
          .limit(1)
          .toArray()
        return row === undefined ? undefined : parseRow(row).timestamp
      }),
    window: (series, through, size) =>
      database.run(async () => {
        const after =
          size.kind === 'duration'
            ? { $gt: timestampKey(Date.parse(through) - size.milliseconds) }
            : {}
        const documents = await rows
          .find(
            { series, timestamp: { $lte: through, ...after }, ...COMPLETE },
            { projection: FIELDS },
          )
          .sort({ timestamp: -1 })
          .limit(size.kind === 'rows' ? Math.min(size.rows, MAX_WINDOW) : MAX_WINDOW)
          .toArray()
        return documents.map(parseRow).toReversed()
      }),
    after: (series, after, limit) =>
      database.run(async () => {
        const documents = await rows
          .find(
            { series, ...(after === null ? {} : { timestamp: { $gt: after } }), ...COMPLETE },
            { projection: FIELDS },
          )
          .sort({ timestamp: 1 })
          .limit(Math.min(limit, MAX_WINDOW))
          .toArray()
        return documents.map(parseRow)
      }),
    series: (limit) =>
      database.run(async () => {
        // One step of the index a series, however many rows it has.
        const names: string[] = []
        for (let after = ''; names.length < limit;) {
          const next = await rows.findOne(
            { series: { $gt: after } },
            { sort: { series: 1, timestamp: 1 }, projection: FIELDS },
          )
          if (next === null) break
          after = parseRow(next).series
          names.push(after)
        }
        return names
      }),
  }
}

/** Patches of one row as one, merged as if they came one after the other: unordered writes keep no order. */
function patchesByRow(patches: readonly RowPatch[]): { whole: RowPatch; parts: RowPatch[] }[] {
  const byRow = new Map<string, { whole: RowPatch; parts: RowPatch[] }>()
  for (const patch of patches) {
    const { whole: before, parts = [] } = byRow.get(keyOf(patch)) ?? {}
    const whole = {
      ...before,
      ...patch,
      features: { ...before?.features, ...patch.features },
      predictions: { ...patch.predictions, ...before?.predictions },
    }
    byRow.set(keyOf(patch), { whole, parts: [...parts, patch] })
  }
  return [...byRow.values()]
}

/** Whether the server took a patch: it leaves out, whole, one that would overfill the row. */
function holds(row: StoredRow, { features = {}, predictions = {} }: RowPatch): boolean {
  return (
    Object.keys(features).every((name) => Object.hasOwn(row.features, name)) &&
    Object.keys(predictions).every((name) => Object.hasOwn(row.predictions, name))
  )
}

function upsertOf({ series, timestamp, features, target, predictions }: RowPatch): Upsert {
  const merged: Record<string, unknown> = {}
  const limits: Document[] = []
  if (!isEmpty(features)) {
    merged['features'] = { $mergeObjects: ['$features', literal(features)] }
    limits.push({ $lte: [sizeOf(merged['features']), MAX_FEATURES] })
  }
  if (target !== undefined) merged['target'] = target
  if (!isEmpty(predictions)) {
    merged['predictions'] = { $mergeObjects: [literal(predictions), '$predictions'] }
    limits.push({ $lte: [sizeOf(merged['predictions']), MAX_MODELS] })
  }
  const set: Document = { time: new Date(timestamp), storedAt: FIRST_STORED_AT }
  for (const [name, value] of Object.entries(merged)) {
    set[name] = limits.length === 0 ? value : { $cond: [{ $and: limits }, value, `$${name}`] }
  }
  return { filter: { series, timestamp }, update: [{ $set: set }] }
}

function sizeOf(object: unknown): Document {
  return { $size: { $objectToArray: object } }
}

/** The row that a patch makes where there was none. */
function rowOf({ features = {}, predictions = {}, ...patch }: RowPatch): StoredRow {
  return { ...patch, features, predictions }
}

function isEmpty(object: object | undefined): boolean {
  return object === undefined || Object.keys(object).length === 0
}

/** All rows of some patches: by series, of which a batch has one or few. */
function keysOf(patches: readonly RowPatch[]): Filter<Document> {
  const bySeries = Map.groupBy(patches, ({ series }) => series)
  const filters = [...bySeries].map(([series, own]) => {
    return { series, timestamp: { $in: [...new Set(own.map(({ timestamp }) => timestamp))] } }
  })
  const [only, ...others] = filters
  return only !== undefined && others.length === 0 ? only : { $or: filters }
}

function keyOf({ series, timestamp }: { series: string; timestamp: string }): string {
  return `${timestamp} ${series}`
}
