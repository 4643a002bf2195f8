/** A record of the embedded log, as a Kafka consumer would see it. */
export interface LogRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Virtual milliseconds; the log's clock sets it (`LogAppendTime`). */
  readonly timestamp: number
  readonly key: Uint8Array | undefined
  /** Header values are UTF-8 text. */
  readonly headers: Readonly<Record<string, string>>
  /** Undefined is Kafka's null value. */
  readonly value: Uint8Array | undefined
}

export interface NewRecord {
  readonly topic: string
  /** Chosen by the key (murmur2 as in Java), or in turn when there is no key, unless it is given. */
  readonly partition?: number
  readonly key: Uint8Array | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly value: Uint8Array | undefined
}

export interface TopicSettings {
  readonly topic: string
  readonly partitions: number
  readonly retentionMs: number | undefined
  readonly maxMessageBytes: number
}

export interface PartitionRange {
  readonly partition: number
  /** The oldest offset still kept. */
  readonly start: number
  /** The offset the next record gets. */
  readonly end: number
}

/**
 * A durable, partitioned, append-only log with consumer groups: what the local platform has instead of Kafka.
 *
 * An append is durable when it resolves (a killed process loses nothing it acknowledged), gets consecutive offsets per
 * partition, and is visible to readers only then. Committed offsets survive a restart.
 */
export interface EventLog {
  /** Makes a topic or adopts its new settings. Partitions may grow, never shrink (an Error that says so). */
  createTopic(settings: TopicSettings): void
  topics(): TopicSettings[]
  /**
   * Resolves with the position of each record, in order. Rejects when a topic is missing (`UnknownTopicError`), a
   * record is too large (`RecordTooLargeError`), or it cannot be written; nothing of that call is stored then.
   */
  append(records: readonly NewRecord[]): Promise<{ partition: number; offset: number }[]>
  /** Records of one partition from an offset on, at most `limit`; an offset before the start begins at the start. */
  read(topic: string, partition: number, from: number, limit: number): LogRecord[]
  ranges(topic: string): PartitionRange[]
  /** Calls back after records of the topic became readable, or it was made anew. Answers how to stop. */
  watch(topic: string, onAppend: () => void): () => void
  /** Committed offsets of a group on a topic, by partition: the next offset to deliver. */
  committed(group: string, topic: string): Map<number, number>
  commit(group: string, topic: string, offsets: ReadonlyMap<number, number>): void
  groups(): string[]
  deleteGroup(group: string): void
  /** Deletes what is older than its topic's retention. */
  expire(): void
  close(): void
}
