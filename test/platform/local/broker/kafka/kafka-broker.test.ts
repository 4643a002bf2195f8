import { randomUUID } from 'node:crypto'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { openKafkaBroker } from '../../../../../platform/local/broker/kafka/kafka-broker.ts'
import type { TopicSettings } from '../../../../../platform/local/log/event-log.ts'
import { brokerContract } from '../../../../contracts/broker.contract.ts'
import type { TakenBackend } from '../../../../support/backends.ts'
import {
  KAFKA_BROKERS,
  takeKafka,
  TAKE_DEADLINE_MS,
  testKafka,
} from '../../../../support/backends.ts'

if (KAFKA_BROKERS === undefined) {
  describe('Kafka as the broker', () => {
    it.skip('is not tested: set KAFKA_BROKERS to brokers, as test/contracts/README.md says', () => {})
  })
} else {
  const brokers = KAFKA_BROKERS
  const servers = brokers.split(',')
  const facts: string[] = []
  const open = (...topics: TopicSettings[]) =>
    openKafkaBroker({ servers, topics, facts: (_level, _who, fact) => facts.push(fact) })
  const settings = (topic: string, more: Partial<TopicSettings> = {}): TopicSettings => {
    return { topic, partitions: 3, retentionMs: undefined, maxMessageBytes: 100_000, ...more }
  }

  // Its topics and groups have names of their own; but nobody may kill the broker or delete them meanwhile.
  describe('on a broker of its own', () => {
    let taken: TakenBackend
    beforeAll(async () => {
      taken = await takeKafka(brokers)
    }, TAKE_DEADLINE_MS)
    afterAll(() => taken.release())

    brokerContract(
      'Kafka',
      async (topics) => {
        const all = topics.map((topic) => settings(topic))
        const broker = await open(...all)
        return { broker, another: () => open(...all), remove: () => broker.close() }
      },
      { sharesPartitions: true, deletesGroups: false },
    )

    it('makes a topic as it is declared, adopts it, and adds partitions but takes none away', async () => {
      const topic = `topic-${randomUUID()}`
      const admin = testKafka(brokers).admin()
      await admin.connect()
      const config = async () => {
        const { resources } = await admin.describeConfigs({
          resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
          includeSynonyms: false,
        })
        const entries = resources[0]?.configEntries ?? []
        return Object.fromEntries(
          entries.map(({ configName, configValue }) => [configName, configValue]),
        )
      }
      const partitions = async () => (await admin.fetchTopicOffsets(topic)).length

      await (await open(settings(topic, { retentionMs: 60_000 }))).close()
      expect([await partitions(), await config()]).toMatchObject([
        3,
        {
          'retention.ms': '60000',
          'max.message.bytes': '100000',
          'message.timestamp.type': 'LogAppendTime',
        },
      ])
      await (await open(settings(topic, { partitions: 5 }))).close()
      expect([await partitions(), await config()]).toMatchObject([5, { 'retention.ms': '-1' }])
      await (await open(settings(topic, { partitions: 2 }))).close()
      expect(await partitions()).toBe(5)
      expect(facts).toContain(
        `topic ${topic} has 5 partitions on the broker and keeps them: they cannot shrink to 2`,
      )
      await admin.disconnect()
    }, 60_000)
  })
}
