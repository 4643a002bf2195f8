import type { Facts } from '../facts.ts'
import type { LogRecord, NewRecord, TopicSettings } from '../log/event-log.ts'
import type { Consumer } from '../parts/kafka-source/consume.ts'
import type { OffsetTracker } from '../parts/kafka-source/offsets.ts'

/** One partition that a group gave to a source, and how far the source is. */
export interface ConsumedPartition {
  readonly topic: string
  readonly partition: number
  readonly tracker: OffsetTracker
  /** The records to deliver next, at most `limit`; none has begun yet. */
  read(limit: number): LogRecord[]
}

export interface TopicLag {
  readonly topic: string
  /** Records that are not finished. */
  readonly records: number
}

/** What joining a consumer group needs of a source. */
export interface SubscriptionNeeds {
  /** Who says facts, e.g. `KafkaSource persist`. */
  readonly who: string
  readonly facts: Facts
  readonly group: string
  readonly topics: readonly string[]
  /** Where a partition begins for which the group has committed nothing. */
  readonly initialOffset: 'earliest' | 'latest'
  /** Begins to deliver what the partitions hold; no new record may begin once `revoked` has fired. */
  readonly consume: (partitions: readonly ConsumedPartition[], revoked: AbortSignal) => Consumer
}

/** A place in a consumer group. Every five seconds, and at its end, it commits up to the first record that is not done. */
export interface Subscription {
  /** By topic; while the broker is away, what was known last. */
  lag(): Promise<TopicLag[]>
  /** Takes the partitions away, waits for what is in flight, commits what is done and leaves. */
  close(): Promise<void>
}

export interface TopicFigures {
  readonly topic: string
  readonly partitions: number
  /** Records still kept. */
  readonly records: number
  /** Records ever written. */
  readonly newest: number
  /** What each consumer group has not finished yet, by what it committed. */
  readonly groups: readonly { readonly group: string; readonly lag: number }[]
}

/** What the platform has topics from: its embedded log, or a real Kafka. */
export interface Broker {
  /** The topics that are declared. */
  topics(): readonly TopicSettings[]
  /** Resolves once the records are durable. */
  append(records: readonly NewRecord[]): Promise<void>
  /** Joins a group. Throws an `UnknownTopicError` when a topic is not declared. */
  subscribe(needs: SubscriptionNeeds): Subscription
  /** Of every declared topic; while the broker is away, what was known last. */
  figures(): Promise<TopicFigures[]>
  /** The newest `last` records of a topic, oldest first, and fewer when they are over the byte limit. */
  newest(topic: string, last: number, maxBytes: number): Promise<LogRecord[]>
  /** The newest `last` records of a topic, then each new one, until the signal fires. It reads on only when asked to. */
  follow(topic: string, last: number, signal: AbortSignal): AsyncGenerator<LogRecord, void>
  /**
   * Deletes the consumer groups that no source has any more, all but `kept`, and answers them. A real Kafka may have
   * groups of others: nothing is deleted there.
   */
  retireGroups(kept: readonly string[]): Promise<string[]>
  close(): Promise<void>
}
