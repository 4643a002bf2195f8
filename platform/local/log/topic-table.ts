import { integerIn, textIn } from './columns.ts'
import type { Row } from './columns.ts'
import { UnknownTopicError } from './errors.ts'
import type { TopicSettings } from './event-log.ts'
import type { Statements } from './statements.ts'

/** What the log knows of a partition without asking the file. */
export interface PartitionState {
  first: number
  next: number
  /** The newest record's timestamp, or 0: the next one is not before it. */
  newest: number
}

export interface TopicState {
  readonly id: number
  readonly settings: TopicSettings
  readonly partitions: readonly PartitionState[]
  /** How many records without a key or partition it has taken. */
  turns: number
}

/** The topics of a log and where their partitions begin and end. */
export interface TopicTable {
  get(topic: string): TopicState
  all(): TopicState[]
  /** Stores a topic or its new settings; the caller runs it in a transaction, and the answer once that is done. */
  put(settings: TopicSettings): () => void
}

/** Loads the topics; the caller holds the file alone, so they stay true in memory. */
export function loadTopics(sql: Statements): TopicTable {
  const topics = new Map<string, TopicState>()
  for (const row of sql.topics.all()) {
    const id = integerIn(row, 'id')
    const settings = settingsOf(row)
    topics.set(settings.topic, { id, settings, partitions: loadPartitions(sql, id), turns: 0 })
  }

  return {
    all: () => [...topics.values()],
    get(topic) {
      const state = topics.get(topic)
      if (state === undefined) throw new UnknownTopicError(topic, topics.keys())
      return state
    },
    put(settings) {
      const had = topics.get(settings.topic)
      check(settings, had?.partitions.length ?? 0)
      const row = sql.putTopic.get(
        settings.topic,
        settings.partitions,
        settings.retentionMs ?? null,
        settings.maxMessageBytes,
      )
      if (row === undefined) throw new Error(`topic ${settings.topic} was not stored`)
      const id = integerIn(row, 'id')
      const added = Array.from(
        { length: settings.partitions - (had?.partitions.length ?? 0) },
        () => {
          return { first: 0, next: 0, newest: 0 }
        },
      )
      for (const index of added.keys()) {
        sql.putPartition.run(id, settings.partitions - added.length + index, 0, 0, 0)
      }
      return () => {
        const partitions = [...(had?.partitions ?? []), ...added]
        topics.set(settings.topic, { id, settings, partitions, turns: had?.turns ?? 0 })
      }
    },
  }
}

function check({ topic, partitions }: TopicSettings, had: number): void {
  if (!Number.isSafeInteger(partitions) || partitions < 1) {
    throw new Error(`topic "${topic}": partitions is ${partitions}; it must be 1 or more`)
  }
  if (partitions < had) {
    throw new Error(
      `topic "${topic}" has ${had} partitions and cannot shrink to ${partitions}: ` +
        `leave partitions at ${had} or more, or start with --fresh`,
    )
  }
}

function settingsOf(row: Row): TopicSettings {
  return {
    topic: textIn(row, 'name'),
    partitions: integerIn(row, 'partitions'),
    retentionMs: row['retention_ms'] === null ? undefined : integerIn(row, 'retention_ms'),
    maxMessageBytes: integerIn(row, 'max_message_bytes'),
  }
}

function loadPartitions(sql: Statements, topic: number): PartitionState[] {
  return sql.partitions.all(topic).map((row) => {
    const state = {
      first: integerIn(row, 'first_offset'),
      next: integerIn(row, 'next_offset'),
      newest: integerIn(row, 'newest_timestamp'),
    }
    // The row is written when records expire; what came later is known from the records.
    const newest = sql.newest.get(topic, integerIn(row, 'partition'))
    if (newest === undefined) return state
    return {
      ...state,
      next: Math.max(state.next, integerIn(newest, 'record_offset') + 1),
      newest: Math.max(state.newest, integerIn(newest, 'timestamp')),
    }
  })
}
