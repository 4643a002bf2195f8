import type { RowPatch, StoredRow } from '../events.ts'
import type { Rows } from '../ports/rows.ts'
import { timestampKey } from '../timestamps.ts'
import { chunks } from './chunks.ts'
import { parseFeatures, parsePredictions } from './documents.ts'
import { fitsRow } from './row-limits.ts'
import { BEFORE_ALL, NOW, ROWS_A_TRANSACTION, column, jsonColumn } from './sqlite-database.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

/** However long a window is, no more rows than this are read into memory. */
const MAX_WINDOW = 100_000

/** Rows in SQLite. Features and predictions are JSON; times are milliseconds. */
export function sqliteRows(database: SqliteDatabase): Rows {
  const { sql } = database
  const insert = sql.prepare(
    `insert into rows (series, time, features, target, predictions, stored_at)
     values (?, ?, ?, ?, ?, ${NOW}) on conflict do nothing`,
  )
  const find = sql.prepare(
    'select series, time, features, target, predictions from rows where series = ? and time = ?',
  )
  const update = sql.prepare(
    'update rows set features = ?, target = ?, predictions = ? where series = ? and time = ?',
  )
  const newest = sql.prepare(
    `select time from rows where series = ? and target is not null and features <> '{}'
     order by time desc limit 1`,
  )
  const ofDuration = sql.prepare(
    `select series, time, features, target, predictions from rows
     where series = ? and time <= ? and time > ? and target is not null and features <> '{}'
     order by time desc limit ${MAX_WINDOW}`,
  )
  const ofCount = sql.prepare(
    `select series, time, features, target, predictions from rows
     where series = ? and time <= ? and target is not null and features <> '{}'
     order by time desc limit ?`,
  )
  const following = sql.prepare(
    `select series, time, features, target, predictions from rows
     where series = ? and time > ? and target is not null and features <> '{}'
     order by time limit ?`,
  )
  const nextSeries = sql.prepare('select min(series) as series from rows where series > ?')

  function mergeOne(patch: RowPatch): StoredRow | undefined {
    const time = Date.parse(patch.timestamp)
    const { series, features = {}, target = null, predictions = {} } = patch
    if (!fitsRow(patch)) return undefined
    const { changes } = insert.run(
      series,
      time,
      JSON.stringify(features),
      target,
      JSON.stringify(predictions),
    )
    if (changes === 1)
      return { ...withTarget(target), series, timestamp: patch.timestamp, features, predictions }
    const found = find.get(series, time)
    if (found === undefined) throw new Error('a row that is in the way of an insert cannot be read')
    const before = storedRow(found)
    const after: StoredRow = {
      ...before,
      ...withTarget(target),
      features: { ...before.features, ...features },
      predictions: { ...predictions, ...before.predictions },
    }
    if (!fitsRow(after)) return undefined
    update.run(
      JSON.stringify(after.features),
      after.target ?? null,
      JSON.stringify(after.predictions),
      series,
      time,
    )
    return after
  }

  return {
    async merge(patches) {
      const stored: (StoredRow | undefined)[] = []
      for (const chunk of chunks(patches, ROWS_A_TRANSACTION)) {
        stored.push(...(await database.write(() => chunk.map(mergeOne))))
      }
      return stored
    },
    newestComplete: (series) =>
      database.read(() => {
        const row = newest.get(series)
        return row === undefined ? undefined : timestampKey(column(row, 'time', 'number'))
      }),
    window: (series, through, size) =>
      database.read(() => {
        const end = Date.parse(through)
        const found =
          size.kind === 'duration'
            ? ofDuration.all(series, end, end - size.milliseconds)
            : ofCount.all(series, end, Math.min(size.rows, MAX_WINDOW))
        return found.map(storedRow).toReversed()
      }),
    after: (series, after, limit) =>
      database.read(() =>
        following
          .all(series, after === null ? BEFORE_ALL : Date.parse(after), Math.min(limit, MAX_WINDOW))
          .map(storedRow),
      ),
    series: (limit) =>
      database.read(() => {
        const names: string[] = []
        for (let after = ''; names.length < limit;) {
          const name = nextSeries.get(after)?.['series']
          if (typeof name !== 'string') break
          names.push(name)
          after = name
        }
        return names
      }),
  }
}

function withTarget(target: number | null): { target?: number } {
  return target === null ? {} : { target }
}

function storedRow(row: Record<string, unknown>): StoredRow {
  return {
    ...withTarget(typeof row['target'] === 'number' ? row['target'] : null),
    series: column(row, 'series', 'string'),
    timestamp: timestampKey(column(row, 'time', 'number')),
    features: parseFeatures(jsonColumn(row, 'features')),
    predictions: parsePredictions(jsonColumn(row, 'predictions')),
  }
}
