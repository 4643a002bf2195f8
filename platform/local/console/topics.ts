import type { Broker, TopicFigures } from '../broker/broker.ts'
import type { SourceStatus } from '../view.ts'

export type TopicStatus = TopicFigures

/** Every topic with the lag of its groups: a KafkaSource's as it says itself, another group's by what it committed. */
export async function topicStatuses(
  broker: Broker,
  sources: readonly Pick<SourceStatus, 'group' | 'lag'>[],
): Promise<TopicStatus[]> {
  return (await broker.figures()).map((figures) => {
    const lags = new Map(figures.groups.map(({ group, lag }) => [group, lag]))
    for (const { group, lag = [] } of sources) {
      const own = lag.find((one) => one.topic === figures.topic)
      if (group !== undefined && own !== undefined) lags.set(group, own.records)
    }
    return {
      ...figures,
      groups: [...lags]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([group, lag]) => ({ group, lag })),
    }
  })
}
