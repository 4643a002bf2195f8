import { bytesIn, headersIn, integerIn, textIn } from './columns.ts'
import { explained, RecordTooLargeError } from './errors.ts'
import type { EventLog, LogRecord, NewRecord } from './event-log.ts'
import { startGroupCommit } from './group-commit.ts'
import { partitionOf } from './murmur2.ts'
import { openDatabase } from './open-database.ts'
import { recordSize } from './record-size.ts'
import { expirePartition } from './retention.ts'
import { prepareStatements } from './statements.ts'
import { loadTopics } from './topic-table.ts'
import type { PartitionState, TopicState } from './topic-table.ts'

/** An event log that also remembers the platform's virtual time. */
export interface SqliteLog extends EventLog {
  /** The later of the saved time and the newest record's timestamp, virtual milliseconds; undefined for a new log. */
  savedTime(): number | undefined
  /** Saves the virtual time, milliseconds: a kill does not lose it. */
  saveTime(ms: number): void
}

/** A record that passed every check; only its offset is missing. */
interface Accepted {
  readonly topic: TopicState
  readonly partition: number
  readonly state: PartitionState
  readonly key: Uint8Array | null
  readonly headers: string
  readonly value: Uint8Array | null
}

type Position = { partition: number; offset: number }

/**
 * Opens the log kept in one SQLite file, which this process has for itself until `close`.
 *
 * `now` gives virtual milliseconds, asked when records are written, so a clock made from `savedTime()` may come later.
 * Appends of one turn of the event loop are one transaction. `close` writes what still waits. With `quotaBytes` the
 * file does not grow beyond that: appends reject, and what was appended is read and committed as ever.
 *
 * Throws a `LogFileError` that says the way out when the file cannot be used; every method does when it became so.
 */
export function openSqliteLog(
  path: string,
  now: () => number,
  { quotaBytes }: { readonly quotaBytes?: number | undefined } = {},
): SqliteLog {
  const { database, sql, topics } = load(path, quotaBytes)
  const watchers = new Map<string, Set<() => void>>()
  const commits = startGroupCommit<readonly Accepted[], Position[]>(write)

  function guarded<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      throw explained(path, error, quotaBytes)
    }
  }

  function transaction<T>(action: () => T): T {
    return guarded(() => {
      sql.begin.run()
      try {
        const result = action()
        sql.commit.run()
        return result
      } catch (error) {
        // SQLite has rolled back by itself when the disk was full.
        if (database.isTransaction) sql.rollback.run()
        throw error
      }
    })
  }

  function write(calls: readonly (readonly Accepted[])[]): Position[][] {
    const before = new Map<PartitionState, PartitionState>()
    const time = now()
    try {
      const positions = transaction(() =>
        calls.map((records) =>
          records.map((record) => {
            if (!before.has(record.state)) before.set(record.state, { ...record.state })
            return put(record, time)
          }),
        ),
      )
      ring(new Set(calls.flat().map(({ topic }) => topic.settings.topic)))
      return positions
    } catch (error) {
      for (const [state, saved] of before) Object.assign(state, saved)
      throw error
    }
  }

  function put({ topic, partition, state, key, headers, value }: Accepted, time: number): Position {
    const offset = state.next
    const timestamp = Math.max(time, state.newest)
    sql.putRecord.run(topic.id, partition, offset, timestamp, key, headers, value)
    state.next = offset + 1
    state.newest = timestamp
    return { partition, offset }
  }

  function ring(written: ReadonlySet<string>): void {
    for (const topic of written) {
      for (const onAppend of watchers.get(topic) ?? []) queueMicrotask(onAppend)
    }
  }

  return {
    createTopic(settings) {
      transaction(() => topics.put(settings))()
      // Its readers may have partitions to add.
      ring(new Set([settings.topic]))
    },

    topics: () => topics.all().map(({ settings }) => settings),

    async append(records) {
      if (!database.isOpen) throw new Error(`event log ${path} is closed`)
      let size = 0
      const accepted = records.map((record) => {
        const topic = topics.get(record.topic)
        size += checkedSize(record, topic)
        return accept(record, topic)
      })
      return accepted.length === 0 ? [] : commits.submit(accepted, accepted.length, size)
    },

    read: (topic, partition, from, limit) =>
      guarded(() => {
        const { id, partitions } = topics.get(topic)
        const state = partitions[partition]
        if (state === undefined || from >= state.next) return []
        return sql.records
          .all(id, partition, Math.max(from, state.first), limit)
          .map((row): LogRecord => {
            return {
              topic,
              partition,
              offset: integerIn(row, 'record_offset'),
              timestamp: integerIn(row, 'timestamp'),
              key: bytesIn(row, 'key'),
              headers: headersIn(row, 'headers'),
              value: bytesIn(row, 'value'),
            }
          })
      }),

    ranges: (topic) =>
      topics
        .get(topic)
        .partitions.map(({ first, next }, partition) => ({ partition, start: first, end: next })),

    watch(topic, onAppend) {
      topics.get(topic)
      const callbacks = watchers.get(topic) ?? new Set()
      watchers.set(topic, callbacks)
      // A function of its own: the same callback may watch twice.
      const callback = () => onAppend()
      callbacks.add(callback)
      return () => {
        callbacks.delete(callback)
      }
    },

    committed: (group, topic) =>
      guarded(
        () =>
          new Map(
            sql.commits
              .all(group, topics.get(topic).id)
              .map((row) => [integerIn(row, 'partition'), integerIn(row, 'next_offset')]),
          ),
      ),

    commit(group, topic, offsets) {
      const { id } = topics.get(topic)
      if (offsets.size === 0) return
      transaction(() => {
        for (const [partition, offset] of offsets) sql.putCommit.run(group, id, partition, offset)
      })
    },

    groups: () => guarded(() => sql.groups.all().map((row) => textIn(row, 'consumer_group'))),

    deleteGroup(group) {
      guarded(() => sql.deleteGroup.run(group))
    },

    expire() {
      const time = now()
      for (const topic of topics.all()) {
        const { retentionMs } = topic.settings
        if (retentionMs === undefined) continue
        const starts = transaction(() =>
          topic.partitions.map((state, partition) =>
            expirePartition(sql, topic, partition, state, time - retentionMs),
          ),
        )
        for (const [partition, state] of topic.partitions.entries()) {
          state.first = starts[partition] ?? state.first
        }
      }
    },

    savedTime() {
      const row = guarded(() => sql.time.get())
      const stamps = topics
        .all()
        .flatMap(({ partitions }) => partitions.map(({ newest }) => newest))
      const latest = Math.max(row === undefined ? 0 : integerIn(row, 'time'), ...stamps)
      return latest === 0 ? undefined : latest
    },

    saveTime(ms) {
      guarded(() => sql.saveTime.run(ms))
    },

    close() {
      if (!database.isOpen) return
      commits.flush()
      database.close()
    },
  }
}

function load(path: string, quotaBytes: number | undefined) {
  const database = openDatabase(path, quotaBytes)
  try {
    const sql = prepareStatements(database)
    return { database, sql, topics: loadTopics(sql) }
  } catch (error) {
    database.close()
    throw explained(path, error)
  }
}

function checkedSize({ key, value, headers }: NewRecord, { settings }: TopicState): number {
  const size = recordSize(key, value, headers)
  if (size <= settings.maxMessageBytes) return size
  throw new RecordTooLargeError(settings.topic, size, settings.maxMessageBytes)
}

function accept({ partition, key, headers, value }: NewRecord, topic: TopicState): Accepted {
  const chosen = partition ?? choose(key, topic)
  const state = topic.partitions[chosen]
  if (state === undefined) {
    throw new Error(
      `topic "${topic.settings.topic}" has no partition ${chosen}: ` +
        `it has ${topic.partitions.length}, counted from 0`,
    )
  }
  return {
    topic,
    partition: chosen,
    state,
    key: key ?? null,
    headers: JSON.stringify(headers),
    value: value ?? null,
  }
}

function choose(key: Uint8Array | undefined, topic: TopicState): number {
  if (key !== undefined) return partitionOf(key, topic.partitions.length)
  return topic.turns++ % topic.partitions.length
}
