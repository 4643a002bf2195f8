import { DatabaseSync } from 'node:sqlite'

import { integerIn } from './columns.ts'
import { explained, LogFileError } from './errors.ts'

/** Marks the file as ours: "NwLg". https://www.sqlite.org/pragma.html#pragma_application_id */
const APPLICATION = 0x4e774c67
const VERSION = 1

const SCHEMA = `
  create table meta (
    id integer primary key check (id = 1),
    time integer not null
  ) strict;
  create table topics (
    id integer primary key,
    name text not null unique,
    partitions integer not null,
    retention_ms integer,
    max_message_bytes integer not null
  ) strict;
  create table partitions (
    topic integer not null,
    partition integer not null,
    first_offset integer not null,
    next_offset integer not null,
    newest_timestamp integer not null,
    primary key (topic, partition)
  ) strict, without rowid;
  create table records (
    topic integer not null,
    partition integer not null,
    record_offset integer not null,
    timestamp integer not null,
    key blob,
    headers text not null,
    value blob,
    primary key (topic, partition, record_offset)
  ) strict, without rowid;
  create table commits (
    consumer_group text not null,
    topic integer not null,
    partition integer not null,
    next_offset integer not null,
    primary key (consumer_group, topic, partition)
  ) strict, without rowid;
  pragma application_id = ${APPLICATION};
  pragma user_version = ${VERSION};
`

/**
 * Opens the file of a log, making it when it is not there, for this process alone. With `quotaBytes` it does not grow
 * beyond that; one that is larger already stays as it is.
 *
 * Throws a `LogFileError` when it cannot be opened or written, is damaged, belongs to something else or to a newer
 * version, or is open in another process.
 */
export function openDatabase(path: string, quotaBytes?: number): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 200 })
    // Exclusive: the ends of the partitions are kept in memory, so nobody else may append. Normal: what is committed
    // outlives every process; only the machine's own end may take the last of it, as with a Kafka broker, which does
    // not wait for the disk either. Waiting would hold up the whole platform a hundred times a second.
    database.exec(`
      pragma locking_mode = exclusive;
      pragma journal_mode = wal;
      pragma synchronous = normal;
      pragma journal_size_limit = 16777216;
    `)
    prepare(path, database)
    if (quotaBytes !== undefined) limit(database, quotaBytes)
    return database
  } catch (error) {
    database?.close()
    throw explained(path, error)
  }
}

function prepare(path: string, database: DatabaseSync): void {
  // The write lock that this takes is kept until the file is closed.
  database.exec('begin immediate')
  const application = pragma(database, 'application_id')
  const version = pragma(database, 'user_version')
  const isNew = application === 0 && version === 0 && pragma(database, 'schema_version') === 0
  if (!isNew && application !== APPLICATION) {
    throw new LogFileError(path, 'it is no event log: move it away, or choose another state folder')
  }
  if (!isNew && version !== VERSION) {
    throw new LogFileError(
      path,
      `it was written by another version of Nowcast (format ${version}, this one reads ${VERSION}): start with --fresh`,
    )
  }
  if (isNew) database.exec(SCHEMA)
  database.exec('commit')
}

function limit(database: DatabaseSync, quotaBytes: number): void {
  const pages = Math.max(1, Math.floor(quotaBytes / pragma(database, 'page_size')))
  // SQLite takes the present size for a limit below it: https://www.sqlite.org/pragma.html#pragma_max_page_count
  database.exec(`pragma max_page_count = ${pages}`)
}

function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`pragma ${name}`).get()
  return row === undefined ? 0 : integerIn(row, name)
}
