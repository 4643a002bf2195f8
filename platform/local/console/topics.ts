import type { EventLog, PartitionRange } from '../log/event-log.ts'
import type { SourceStatus } from '../view.ts'

export interface TopicStatus {
  readonly topic: string
  readonly partitions: number
  /** Records still kept. */
  readonly records: number
  /** Records ever written. */
  readonly newest: number
  /** What each consumer group has not finished yet. */
  readonly groups: readonly { readonly group: string; readonly lag: number }[]
}

/** Every topic with the lag of its groups: a KafkaSource's as it says itself, another group's by what it committed. */
export function topicStatuses(
  log: EventLog,
  sources: readonly Pick<SourceStatus, 'group' | 'lag'>[],
): TopicStatus[] {
  const groups = log.groups()
  return log.topics().map(({ topic, partitions }) => {
    const ranges = log.ranges(topic)
    const lags = new Map<string, number>()
    for (const group of groups) {
      const committed = log.committed(group, topic)
      if (committed.size > 0) lags.set(group, lagBehind(ranges, committed))
    }
    for (const { group, lag = [] } of sources) {
      const own = lag.find((one) => one.topic === topic)
      if (group !== undefined && own !== undefined) lags.set(group, own.records)
    }
    return {
      topic,
      partitions,
      records: ranges.reduce((sum, { start, end }) => sum + end - start, 0),
      newest: ranges.reduce((sum, { end }) => sum + end, 0),
      groups: [...lags]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([group, lag]) => ({ group, lag })),
    }
  })
}

function lagBehind(
  ranges: readonly PartitionRange[],
  committed: ReadonlyMap<number, number>,
): number {
  return ranges.reduce((sum, { partition, start, end }) => {
    return sum + end - Math.min(end, Math.max(start, committed.get(partition) ?? start))
  }, 0)
}
