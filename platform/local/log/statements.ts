import type { DatabaseSync } from 'node:sqlite'

/** Every statement the log runs, prepared once. */
export function prepareStatements(database: DatabaseSync) {
  return {
    begin: database.prepare('begin immediate'),
    commit: database.prepare('commit'),
    rollback: database.prepare('rollback'),
    time: database.prepare('select time from meta'),
    saveTime: database.prepare(
      'insert into meta values (1, ?) on conflict do update set time = excluded.time',
    ),
    topics: database.prepare('select * from topics order by id'),
    putTopic: database.prepare(`
      insert into topics (name, partitions, retention_ms, max_message_bytes) values (?, ?, ?, ?)
      on conflict (name) do update set partitions = excluded.partitions,
        retention_ms = excluded.retention_ms, max_message_bytes = excluded.max_message_bytes
      returning id`),
    partitions: database.prepare('select * from partitions where topic = ? order by partition'),
    putPartition: database.prepare(`
      insert into partitions values (?, ?, ?, ?, ?)
      on conflict do update set first_offset = excluded.first_offset,
        next_offset = excluded.next_offset, newest_timestamp = excluded.newest_timestamp`),
    putRecord: database.prepare('insert into records values (?, ?, ?, ?, ?, ?, ?)'),
    records: database.prepare(`
      select record_offset, timestamp, key, headers, value from records
      where topic = ? and partition = ? and record_offset >= ? order by record_offset limit ?`),
    oldest: database.prepare(`
      select record_offset from records where topic = ? and partition = ?
      order by record_offset limit 1`),
    newest: database.prepare(`
      select record_offset, timestamp from records where topic = ? and partition = ?
      order by record_offset desc limit 1`),
    timestamp: database.prepare(`
      select timestamp from records where topic = ? and partition = ? and record_offset = ?`),
    deleteRecords: database.prepare(
      'delete from records where topic = ? and partition = ? and record_offset < ?',
    ),
    commits: database.prepare(
      'select partition, next_offset from commits where consumer_group = ? and topic = ? order by partition',
    ),
    putCommit: database.prepare(`
      insert into commits values (?, ?, ?, ?)
      on conflict do update set next_offset = excluded.next_offset`),
    groups: database.prepare('select distinct consumer_group from commits order by consumer_group'),
    deleteGroup: database.prepare('delete from commits where consumer_group = ?'),
  }
}

export type Statements = ReturnType<typeof prepareStatements>
