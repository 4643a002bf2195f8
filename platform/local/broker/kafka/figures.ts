import type { Admin } from 'kafkajs'

import type { PartitionRange } from '../../log/event-log.ts'
import type { TopicFigures } from '../broker.ts'
import { lagBehind } from '../lag.ts'
import { READER_GROUP } from './reader-group.ts'

/** Groups beyond so many are not looked at. */
const MAX_GROUPS = 50

export async function rangesOf(admin: Admin, topic: string): Promise<PartitionRange[]> {
  const offsets = await admin.fetchTopicOffsets(topic)
  return offsets
    .map(({ partition, low, high }) => ({ partition, start: Number(low), end: Number(high) }))
    .toSorted((a, b) => a.partition - b.partition)
}

/** What a group has committed, by topic and partition; nothing for a partition without a committed offset. */
export async function committedBy(
  admin: Admin,
  group: string,
  topics: readonly string[],
): Promise<Map<string, Map<number, number>>> {
  const answers = await admin.fetchOffsets({ groupId: group, topics: [...topics] })
  return new Map(
    answers.map(({ topic, partitions }) => [
      topic,
      new Map(
        partitions
          .map(({ partition, offset }) => [partition, Number(offset)] as const)
          .filter(([, offset]) => offset >= 0),
      ),
    ]),
  )
}

/** Every consumer group but those of our own readers. */
async function groupsOf(admin: Admin): Promise<string[]> {
  const { groups } = await admin.listGroups()
  return groups
    .filter(({ protocolType }) => protocolType === 'consumer' || protocolType === '')
    .map(({ groupId }) => groupId)
    .filter((group) => !group.startsWith(READER_GROUP))
    .toSorted()
    .slice(0, MAX_GROUPS)
}

/** Groups and what they have committed, kept for a while: they are many questions, and change little. */
export type Committed = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, number>>>

export async function committedByAll(admin: Admin, topics: readonly string[]): Promise<Committed> {
  const committed = new Map<string, Map<string, Map<number, number>>>()
  for (const group of await groupsOf(admin)) {
    committed.set(group, await committedBy(admin, group, topics))
  }
  return committed
}

export async function figuresOf(
  admin: Admin,
  topics: readonly string[],
  committed: Committed,
): Promise<TopicFigures[]> {
  return Promise.all(
    topics.map(async (topic) => {
      const ranges = await rangesOf(admin, topic)
      return {
        topic,
        partitions: ranges.length,
        records: ranges.reduce((sum, { start, end }) => sum + end - start, 0),
        newest: ranges.reduce((sum, { end }) => sum + end, 0),
        groups: [...committed].flatMap(([group, byTopic]) => {
          const offsets = byTopic.get(topic)
          return offsets === undefined || offsets.size === 0
            ? []
            : [{ group, lag: lagBehind(ranges, offsets) }]
        }),
      }
    }),
  )
}
