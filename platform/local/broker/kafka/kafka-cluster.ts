import { kafkaClient } from '../../../../functions/lib/adapters/kafka-client.ts'
import { kafkaFailure, kafkaReason } from '../../../../functions/lib/adapters/kafka-failure.ts'
import { CONNECT_RETRY, kafkaProducer } from '../../../../functions/lib/adapters/kafka-producer.ts'
import type { LogRecord, NewRecord } from '../../log/event-log.ts'
import { wayOut } from '../../manifests/nearest.ts'
import type { TopicFigures } from '../broker.ts'
import { kafkaAdmin } from './admin.ts'
import { committedByAll, figuresOf } from './figures.ts'
import { kafkaReader } from './reader.ts'
import { producible } from './records.ts'

/** A Kafka cluster, looked at from outside: whatever topics it has. Every method rejects in a few seconds when it is away. */
export interface KafkaCluster {
  figures(): Promise<TopicFigures[]>
  append(record: NewRecord): Promise<void>
  /** The newest `last` records of a topic, then each new one. */
  follow(topic: string, last: number, signal: AbortSignal): AsyncGenerator<LogRecord, void>
  close(): Promise<void>
}

const RETRY = { initialRetryTime: 100, factor: 0.2, multiplier: 2, maxRetryTime: 1_000, retries: 4 }

/** Connects to a cluster in plain text when it is first asked something. */
export function openKafkaCluster(servers: readonly string[]): KafkaCluster {
  const client = kafkaClient('nowcast-cli', { brokers: servers }, undefined, RETRY)
  const admin = kafkaAdmin(client)
  const reader = kafkaReader(client, admin)
  const producer = kafkaProducer(
    () => kafkaClient('nowcast-cli', { brokers: servers }, undefined, CONNECT_RETRY),
    () => undefined,
  )

  const topics = async (): Promise<string[]> => {
    try {
      const names = await admin.run((running) => running.listTopics())
      return names.filter((name) => !name.startsWith('__')).toSorted()
    } catch (cause) {
      throw unanswered(servers, cause)
    }
  }
  const known = async (topic: string): Promise<void> => {
    const names = await topics()
    if (names.includes(topic)) return
    throw new Error(`there is no topic "${topic}"; ${wayOut(topic, names, 'create it first')}`)
  }

  return {
    async figures() {
      const names = await topics()
      return admin.run(async (running) =>
        figuresOf(running, names, await committedByAll(running, names)),
      )
    },
    async append(record) {
      await known(record.topic)
      await producer.send([producible(record)])
    },
    async *follow(topic, last, signal) {
      await known(topic)
      yield* reader.follow(topic, last, signal)
    },
    async close() {
      await producer.close()
      await admin.close()
    },
  }
}

/** The reason is in the sentence: what the driver wraps around it says it again. */
function unanswered(servers: readonly string[], cause: unknown): Error {
  const why = kafkaFailure(cause) === 'refused' ? 'refuses the connection' : 'does not answer'
  return new Error(`Kafka at ${servers.join(', ')} ${why}: ${kafkaReason(cause)}`)
}
