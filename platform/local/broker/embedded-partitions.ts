import type { EventLog } from '../log/event-log.ts'
import { trackOffsets } from '../parts/kafka-source/offsets.ts'
import type { OffsetTracker } from '../parts/kafka-source/offsets.ts'
import type { ConsumedPartition, SubscriptionNeeds, TopicLag } from './broker.ts'

/** The partitions of a consumer group that a source has. */
export interface Assignment {
  readonly partitions: readonly ConsumedPartition[]
  /** Commits what is done since the last commit. Throws what the log throws; nothing is lost then. */
  commit(): void
  lag(): TopicLag[]
}

/**
 * Takes up a group where it is. A partition without a committed offset begins at `initialOffset`: `latest` is committed
 * at once, so that what comes before the first commit is not skipped after a restart; `earliest` is not written.
 * `onExpired` hears of records that were deleted before they were delivered.
 */
export function assignPartitions(
  { topics, initialOffset }: Pick<SubscriptionNeeds, 'topics' | 'initialOffset'>,
  group: string,
  log: EventLog,
  onExpired: (topic: string, partition: number, records: number) => void,
): Assignment {
  const committed = new Map<OffsetTracker, number>()
  const partitions = topics.flatMap((topic) => {
    const offsets = log.committed(group, topic)
    const latest = new Map<number, number>()
    const opened = log.ranges(topic).map(({ partition, start, end }) => {
      const known = offsets.get(partition)
      if (known === undefined && initialOffset === 'latest') latest.set(partition, end)
      // An offset that the log does not have is reset to the earliest, whatever initialOffset says.
      const from = known ?? latest.get(partition) ?? start
      const tracker = trackOffsets(from > end ? start : from)
      committed.set(tracker, tracker.next())
      return consume(topic, partition, tracker)
    })
    if (latest.size > 0) log.commit(group, topic, latest)
    return opened
  })

  function consume(topic: string, partition: number, tracker: OffsetTracker): ConsumedPartition {
    return {
      topic,
      partition,
      tracker,
      read(limit) {
        const start = log.ranges(topic)[partition]?.start ?? 0
        if (start > tracker.next()) {
          onExpired(topic, partition, start - tracker.next())
          tracker.skipTo(start)
        }
        return log.read(topic, partition, tracker.next(), limit)
      },
    }
  }

  return {
    partitions,

    commit() {
      for (const topic of topics) {
        const due = new Map<number, number>()
        const own = partitions.filter((one) => one.topic === topic)
        for (const { partition, tracker } of own) {
          const offset = tracker.committable()
          if (offset > (committed.get(tracker) ?? 0)) due.set(partition, offset)
        }
        log.commit(group, topic, due)
        for (const { partition, tracker } of own) {
          const offset = due.get(partition)
          if (offset !== undefined) committed.set(tracker, offset)
        }
      }
    },

    lag: () =>
      topics.map((topic) => {
        const ends = log.ranges(topic)
        const records = partitions
          .filter((one) => one.topic === topic)
          .reduce((sum, { partition, tracker }) => {
            const { start, end } = ends[partition] ?? { start: 0, end: 0 }
            // Records that expired before they were read are no work any more.
            const expired = Math.max(0, start - tracker.next())
            return sum + tracker.unfinished(end) - expired
          }, 0)
        return { topic, records }
      }),
  }
}
