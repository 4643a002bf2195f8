import { setTimeout as pause } from 'node:timers/promises'
import type { Admin, Kafka } from 'kafkajs'

import { kafkaReason } from '../../../../functions/lib/adapters/kafka-failure.ts'
import type { Consumer } from '../../parts/kafka-source/consume.ts'
import type { Subscription, SubscriptionNeeds, TopicLag } from '../broker.ts'
import { startCommits } from '../commits.ts'
import type { KafkaAdmin } from './admin.ts'
import { committedBy, rangesOf } from './figures.ts'
import { joinGroup } from './membership.ts'
import type { Membership } from './membership.ts'

export interface SubscriptionSystem {
  readonly client: Kafka
  readonly admin: KafkaAdmin
  /** Resolves once the topics are on the broker. */
  readonly ready: Promise<void>
}

const FIRST_BACK_OFF_MS = 250
const LONGEST_BACK_OFF_MS = 5_000

/**
 * A place in a group on a real Kafka: joins as soon as the topics are there, and again, with growing pauses, whenever the broker was
 * away. Says once that it cannot read, and once that it reads again.
 */
export function subscribeToKafka(
  needs: SubscriptionNeeds,
  { client, admin, ready }: SubscriptionSystem,
): Subscription {
  const { who, facts, group } = needs
  const topics = [...new Set(needs.topics)]
  const closing = new AbortController()
  let membership: Membership | undefined
  let backOffMs = FIRST_BACK_OFF_MS
  // A broker that has just started answers a first try with an error: the second one counts.
  let failures = 0
  let isTroubled = false
  let known: TopicLag[] = topics.map((topic) => ({ topic, records: 0 }))

  // What is in flight when the group changes goes on by itself; the end waits for it.
  const busy = new Set<Promise<void>>()

  function consume(...given: Parameters<SubscriptionNeeds['consume']>): Consumer {
    const consumer = needs.consume(...given)
    const ended = consumer.ended.finally(() => busy.delete(ended))
    busy.add(ended)
    return consumer
  }

  function joined(): void {
    if (isTroubled) facts('info', who, `reads ${topics.join(', ')} again`)
    isTroubled = false
    failures = 0
    backOffMs = FIRST_BACK_OFF_MS
  }

  function troubled(error: unknown): void {
    failures += 1
    if (failures === 1) return
    const fact = `cannot read ${topics.join(', ')}, will try again: ${kafkaReason(error)}`
    facts(isTroubled ? 'debug' : 'warn', who, fact)
    isTroubled = true
  }

  async function run(): Promise<void> {
    await Promise.race([ready, fired(closing.signal)])
    while (!closing.signal.aborted) {
      try {
        await admin.run((running) => beginAt(running, needs))
        membership = await joinGroup(client, { group, topics, consume }, joined)
        const reason = await Promise.race([membership.crashed, fired(closing.signal)])
        if (closing.signal.aborted) return
        throw reason
      } catch (error) {
        if (closing.signal.aborted) return
        troubled(error)
        await pause(backOffMs, undefined, { signal: closing.signal }).catch(() => undefined)
        backOffMs = Math.min(backOffMs * 2, LONGEST_BACK_OFF_MS)
      }
    }
  }

  async function lagOf(running: Admin): Promise<TopicLag[]> {
    // First what was written, then what is done of it: what is written between the two is not told as done.
    const ranges = new Map<string, Awaited<ReturnType<typeof rangesOf>>>()
    for (const topic of topics) ranges.set(topic, await rangesOf(running, topic))
    const committed = await committedBy(running, group, topics)
    return topics.map((topic) => {
      const records = (ranges.get(topic) ?? []).reduce((sum, { partition, start, end }) => {
        const own = membership?.partition(topic, partition)?.unfinished(end)
        if (own !== undefined) return sum + own
        const from = Math.max(start, committed.get(topic)?.get(partition) ?? start)
        return sum + Math.max(0, end - from)
      }, 0)
      return { topic, records }
    })
  }

  const running = run().catch((error: unknown) => {
    if (!closing.signal.aborted) facts('error', who, `reads no more: ${kafkaReason(error)}`)
  })
  const commits = startCommits(async () => membership?.commit(), facts, who)

  return {
    async lag() {
      try {
        known = await admin.run(lagOf)
      } catch {
        // It is away: whoever reads from it says so.
      }
      return known
    },
    async close() {
      closing.abort()
      await running
      await membership?.leave()
      commits.stop()
      await Promise.all(busy)
    },
  }
}

/** Writes the newest offsets for partitions of which the group knows nothing, when it is to begin there. */
async function beginAt(
  admin: Admin,
  { group, topics, initialOffset }: SubscriptionNeeds,
): Promise<void> {
  if (initialOffset === 'earliest') return
  const committed = await committedBy(admin, group, topics)
  for (const topic of topics) {
    const unknown = (await rangesOf(admin, topic)).filter(
      ({ partition }) => committed.get(topic)?.get(partition) === undefined,
    )
    if (unknown.length === 0) continue
    await admin.setOffsets({
      groupId: group,
      topic,
      partitions: unknown.map(({ partition, end }) => ({ partition, offset: String(end) })),
    })
  }
}

function fired(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
    if (signal.aborted) resolve(undefined)
  })
}
