import { kafkaClient } from '../../../../functions/lib/adapters/kafka-client.ts'
import { CONNECT_RETRY, kafkaProducer } from '../../../../functions/lib/adapters/kafka-producer.ts'
import type { Facts } from '../../facts.ts'
import { UnknownTopicError } from '../../log/errors.ts'
import type { TopicSettings } from '../../log/event-log.ts'
import type { Broker, TopicFigures } from '../broker.ts'
import { kafkaAdmin } from './admin.ts'
import { committedByAll, figuresOf } from './figures.ts'
import type { Committed } from './figures.ts'
import { kafkaReader } from './reader.ts'
import { prepareTopics } from './readiness.ts'
import { producible } from './records.ts'
import { subscribeToKafka } from './subscription.ts'

export interface KafkaBrokerNeeds {
  /** Bootstrap servers, `host:port`, spoken to in plain text. */
  readonly servers: readonly string[]
  readonly topics: readonly TopicSettings[]
  readonly facts: Facts
}

/** Of questions about the cluster: whoever asks is told soon that it is away. */
const RETRY = {
  initialRetryTime: 100,
  factor: 0.2,
  multiplier: 2,
  maxRetryTime: 400,
  retries: 3,
} as const
/** How long the figures of other groups are kept. */
const GROUPS_AGE_MS = 2_000

/**
 * A real Kafka as the platform's broker. Resolves once the topics are as declared, or when the cluster is away: it is asked again
 * then, and sources begin when it has come. Rejects when it is there and does not take the topics.
 */
export async function openKafkaBroker({
  servers,
  topics,
  facts,
}: KafkaBrokerNeeds): Promise<Broker> {
  const client = kafkaClient('nowcast-platform', { brokers: servers }, undefined, RETRY)
  const admin = kafkaAdmin(client)
  const who = `Kafka ${servers.join(',')}`
  const producer = kafkaProducer(
    () => kafkaClient('nowcast-sinks', { brokers: servers }, undefined, CONNECT_RETRY),
    (level, fact, details) => facts(level, who, fact, details),
  )
  const reader = kafkaReader(client, admin)
  const closing = new AbortController()
  const names = topics.map(({ topic }) => topic)
  const { ready } = await prepareTopics(admin, {
    who,
    topics,
    facts,
    closing: closing.signal,
  }).catch(async (error: unknown) => {
    await admin.close()
    throw error
  })
  const committed = cached(GROUPS_AGE_MS, () =>
    admin.run((running) => committedByAll(running, names)),
  )
  let known: TopicFigures[] = topics.map(({ topic, partitions }) => {
    return { topic, partitions, records: 0, newest: 0, groups: [] }
  })

  return {
    topics: () => topics,
    append: (records) => producer.send(records.map(producible)),
    subscribe(needs) {
      const unknown = needs.topics.find((topic) => !names.includes(topic))
      if (unknown !== undefined) throw new UnknownTopicError(unknown, names)
      return subscribeToKafka(needs, { client, admin, ready })
    },
    async figures() {
      try {
        const groups: Committed = await committed()
        known = await admin.run((running) => figuresOf(running, names, groups))
      } catch {
        // It is away: sources and sinks say so.
      }
      return known
    },
    newest: (topic, last, maxBytes) => reader.newest(topic, last, maxBytes),
    follow: (topic, last, signal) => reader.follow(topic, last, signal),
    retireGroups: async () => [],
    async close() {
      closing.abort()
      await producer.close()
      await admin.close()
    },
  }
}

/** Asks again only when the answer has become old; one question at a time. */
function cached<T>(ageMs: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  let askedAt = -Infinity
  return () => {
    if (answer === undefined || performance.now() - askedAt > ageMs) {
      askedAt = performance.now()
      answer = ask()
      answer.catch(() => {
        answer = undefined
      })
    }
    return answer
  }
}
