import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { RetryableError } from '../errors.ts'

/** An open database file that several processes may use at once. */
export interface SqliteDatabase {
  readonly sql: DatabaseSync
  /** Runs reads. Rejects with a `RetryableError` when the file cannot be read now. */
  read<T>(run: () => T): Promise<T>
  /**
   * Runs writes as one transaction, durable when it resolves. Waits up to ten seconds for other writers, then rejects
   * with a `RetryableError`, as it does when the disk is full or away; nothing is written then.
   */
  write<T>(run: () => T): Promise<T>
  /** Closing again changes nothing. */
  close(): void
}

/** The machine's time, milliseconds since the epoch. */
const WALL = `cast(unixepoch('subsec') * 1000 as integer)`

/**
 * The time of the store, in a statement: the platform's clock as it was last set, and what has passed since, at its
 * speed but for two seconds at most (whoever sets it does so each second); the machine's when nobody sets it.
 */
export const NOW = `coalesce(
  (select now + cast(min(max(${WALL} - wall, 0), 2000) * speed as integer) from clock), ${WALL})`

/** A time before that of any row. */
export const BEFORE_ALL = Number.MIN_SAFE_INTEGER

const SCHEMA = `
  create table if not exists clock (
    id integer primary key check (id = 1),
    now integer not null, wall integer not null, speed real not null
  );
  create table if not exists rows (
    series text not null, time integer not null,
    features text not null, target real, predictions text not null,
    stored_at integer not null, primary key (series, time)
  ) without rowid;
  create index if not exists rows_complete on rows (series, time)
    where target is not null and features <> '{}';
  create index if not exists rows_stored_at on rows (stored_at);
  create table if not exists scores (
    series text not null, time integer not null,
    scores text not null, stored_at integer not null, primary key (series, time)
  ) without rowid;
  create index if not exists scores_stored_at on scores (stored_at);
  create table if not exists dead_letters (
    id text primary key, source text not null, event_id text not null, type text not null,
    row_timestamp text not null, destination text not null, code text not null, reason text not null,
    headers text not null, data blob not null, stored_at integer not null
  ) without rowid;
  create index if not exists dead_letters_stored_at on dead_letters (stored_at);
  create table if not exists redrives (
    id text primary key, times integer not null, answer text not null, stored_at integer not null
  ) without rowid;
  create table if not exists forecasts (
    series text not null, origin integer not null, model text not null, last integer not null,
    forecast text not null, stored_at integer not null, primary key (series, origin, model)
  ) without rowid;
  create index if not exists forecasts_last on forecasts (series, last);
  create index if not exists forecasts_stored_at on forecasts (stored_at);
  create table if not exists states (
    id text primary key, revision integer not null, document text not null
  ) without rowid;
  create table if not exists models (
    name text not null, version integer not null, trigger text not null, description text not null,
    score real not null, trained_through text not null, hash text not null, body text not null,
    stored_at integer not null, primary key (name, version), unique (name, trigger)
  );
`

const DAY = 24 * 3_600_000
const KEPT = [
  { table: 'rows', key: 'series, time', days: 7 },
  { table: 'scores', key: 'series, time', days: 7 },
  { table: 'forecasts', key: 'series, origin, model', days: 7 },
  { table: 'dead_letters', key: 'id', days: 30 },
  { table: 'redrives', key: 'id', days: 30 },
]

/** So much is written at once, then other writers have their turn. */
export const ROWS_A_TRANSACTION = 500

/** Opens a database file and makes its tables. Several processes may open one file at the same time. */
export function openSqlite(path: string): SqliteDatabase {
  const sql = new DatabaseSync(path, { timeout: 10_000 })
  try {
    sql.exec('pragma journal_mode = wal; pragma synchronous = full;')
    sql.exec(`begin immediate; ${SCHEMA} commit;`)
  } catch (cause) {
    sql.close()
    if (!isDamaged(cause)) throw cause
    throw new Error(
      `${path} is damaged or not a database: move it away, or drop all state (nowcast start --fresh)`,
      { cause },
    )
  }
  const database: SqliteDatabase = {
    sql,
    read: (run) => attempt(run),
    write: (run) =>
      attempt(() => {
        sql.exec('begin immediate')
        try {
          const result = run()
          sql.exec('commit')
          return result
        } catch (error) {
          if (sql.isTransaction) sql.exec('rollback')
          throw error
        }
      }),
    close() {
      if (sql.isOpen) sql.close()
    },
  }
  return database
}

/** Sets the time of the store, milliseconds since the epoch, and how fast it runs; it never goes back. */
export async function setClock(
  database: SqliteDatabase,
  { now, speed }: { now: number; speed: number },
): Promise<void> {
  await database.write(() =>
    database.sql
      .prepare(
        `insert into clock (id, now, wall, speed) values (1, ?, ${WALL}, ?)
         on conflict (id) do update
         set now = max(now, excluded.now), wall = excluded.wall, speed = excluded.speed`,
      )
      .run(now, speed),
  )
}

/**
 * Deletes what the store has kept for its time, rows, scores and forecasts seven days, dead letters thirty: a few at a
 * time, so that neither other writers nor the event loop wait for all of it.
 */
export async function expire(database: SqliteDatabase): Promise<void> {
  for (const { table, key, days } of KEPT) {
    const remove = database.sql.prepare(
      `delete from ${table} where (${key}) in
       (select ${key} from ${table} where stored_at < ${NOW} - ? limit ${ROWS_A_TRANSACTION})`,
    )
    for (let left = true; left;) {
      left = (await database.write(() => remove.run(days * DAY).changes)) === ROWS_A_TRANSACTION
      await nextTurn()
    }
  }
}

/**
 * SQLite's primary result codes that another try may find gone: busy, locked, read-only, I/O error, damaged (until somebody
 * has mended it, events must not become dead letters), full, cannot open.
 */
const PASSING = new Set([5, 6, 8, 10, 11, 13, 14])
/** Damaged, and not a database. */
const DAMAGED = new Set([11, 26])

async function attempt<T>(run: () => T): Promise<T> {
  try {
    return run()
  } catch (error) {
    if (!isPassing(error)) throw error
    throw new RetryableError('the database cannot be used now', { cause: error })
  }
}

function isPassing(error: unknown): boolean {
  return PASSING.has(primaryCode(error))
}

function isDamaged(error: unknown): boolean {
  return DAMAGED.has(primaryCode(error))
}

function primaryCode(error: unknown): number {
  const code = Error.isError(error) && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code & 0xff : 0
}

/** A column of a result row as the type it was stored with. Anything else means a damaged file. */
export function column(row: Record<string, unknown>, name: string, type: 'string'): string
export function column(row: Record<string, unknown>, name: string, type: 'number'): number
export function column(
  row: Record<string, unknown>,
  name: string,
  type: 'string' | 'number',
): string | number {
  const value = row[name]
  if (type === 'string' && typeof value === 'string') return value
  if (type === 'number' && typeof value === 'number') return value
  throw new Error(`column ${name} holds ${typeof value}, not ${type}: the database file is damaged`)
}

/** A column that holds JSON. */
export function jsonColumn(row: Record<string, unknown>, name: string): unknown {
  return JSON.parse(column(row, name, 'string'))
}
