import type { EventLog, LogRecord } from '../log/event-log.ts'
import { newestRecords, positionsBeforeNewest, recordsFrom } from '../log/records.ts'
import { createBell } from '../parts/bell.ts'
import type { Broker, Subscription, SubscriptionNeeds, TopicFigures } from './broker.ts'
import { startCommits } from './commits.ts'
import { assignPartitions } from './embedded-partitions.ts'
import { lagBehind } from './lag.ts'

/** The embedded log as the platform's broker. Closing it leaves the log open: whoever opened it closes it. */
export function embeddedBroker(log: EventLog): Broker {
  return {
    topics: () => log.topics(),
    async append(records) {
      await log.append(records)
    },
    subscribe: (needs) => subscribe(log, needs),
    figures: async () => figures(log),
    newest: async (topic, last, maxBytes) => newestRecords(log, topic, last, maxBytes),
    follow: (topic, last, signal) => follow(log, topic, last, signal),
    async retireGroups(kept) {
      const retired = log.groups().filter((group) => !kept.includes(group))
      for (const group of retired) log.deleteGroup(group)
      return retired
    },
    close: async () => undefined,
  }
}

/**
 * A group has one member here, which has all partitions until it leaves. When a topic gains some, the group changes as
 * on Kafka: what is done is committed, what is in flight goes on without being committed and is delivered again.
 */
function subscribe(log: EventLog, needs: SubscriptionNeeds): Subscription {
  const { who, facts } = needs
  const topics = [...new Set(needs.topics)]
  // What was in flight when the group changed: the end waits for it.
  const busy = new Set<Promise<void>>()
  let member = join()
  const commits = startCommits(() => member.assignment.commit(), facts, who)

  function join() {
    const assignment = assignPartitions(
      { ...needs, topics },
      needs.group,
      log,
      (topic, partition, records) => {
        const fact = `${records} records of ${topic}/${partition} expired before they were delivered`
        facts('warn', who, fact, { topic, partition, records })
      },
    )
    const revoked = new AbortController()
    const consumer = needs.consume(assignment.partitions, revoked.signal)
    const ended = consumer.ended.finally(() => busy.delete(ended))
    busy.add(ended)
    return { assignment, revoked, consumer }
  }

  function wake(): void {
    const partitions = topics.reduce((sum, topic) => sum + log.ranges(topic).length, 0)
    if (partitions > member.assignment.partitions.length) {
      member.revoked.abort()
      commits.now()
      member = join()
    }
    member.consumer.wake()
  }

  const unwatch = topics.map((topic) => log.watch(topic, wake))
  return {
    lag: async () => member.assignment.lag(),
    async close() {
      for (const end of unwatch) end()
      member.revoked.abort()
      await Promise.all(busy)
      await commits.close()
    },
  }
}

function figures(log: EventLog): TopicFigures[] {
  const groups = log.groups()
  return log.topics().map(({ topic, partitions }) => {
    const ranges = log.ranges(topic)
    return {
      topic,
      partitions,
      records: ranges.reduce((sum, { start, end }) => sum + end - start, 0),
      newest: ranges.reduce((sum, { end }) => sum + end, 0),
      groups: groups.flatMap((group) => {
        const committed = log.committed(group, topic)
        return committed.size === 0 ? [] : [{ group, lag: lagBehind(ranges, committed) }]
      }),
    }
  })
}

/** The log is the buffer: who reads slowly loses what the topic no longer keeps. */
async function* follow(
  log: EventLog,
  topic: string,
  last: number,
  signal: AbortSignal,
): AsyncGenerator<LogRecord, void> {
  const positions = positionsBeforeNewest(log, topic, last)
  const bell = createBell()
  const stop = log.watch(topic, bell.ring)
  signal.addEventListener('abort', bell.ring)
  try {
    while (!signal.aborted) {
      // Asked for before reading: what is appended meanwhile rings it.
      const rung = bell.rung()
      yield* recordsFrom(log, topic, positions)
      await rung
    }
  } finally {
    stop()
    signal.removeEventListener('abort', bell.ring)
  }
}
