import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { kafkaSinkEvents } from '../../../../functions/lib/adapters/kafka-sink-events.ts'
import { TOPICS } from '../../../../functions/lib/events.ts'
import { embeddedBroker } from '../../../../platform/local/broker/embedded-broker.ts'
import { startIngress } from '../../../../platform/local/gateway.ts'
import { openSqliteLog } from '../../../../platform/local/log/sqlite-log.ts'
import { kafkaIngress } from '../../../../platform/local/parts/kafka-ingress.ts'
import { kafkaSink } from '../../../../platform/local/parts/kafka-sink.ts'
import { eventsContract } from '../../../contracts/events.contract.ts'

eventsContract(
  'the KafkaSinks of the embedded log',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nowcast-'))
    const log = openSqliteLog(join(folder, 'log.db'), () => Date.now())
    const topics = [...new Set(Object.values(TOPICS))]
    for (const topic of topics) {
      log.createTopic({ topic, partitions: 5, retentionMs: undefined, maxMessageBytes: 1_048_588 })
    }
    const broker = embeddedBroker(log)
    const sinks = topics.map((topic) => {
      const place = { namespace: 'nowcast', name: topic, file: 'sinks.yaml', line: 1 }
      const sink = kafkaSink(
        { kind: 'KafkaSink', ...place, topic, bootstrapServers: [], contentMode: 'binary' },
        { broker, facts: () => undefined },
      )
      return [`nowcast/${topic}`, sink] as const
    })
    const ingress = await startIngress(kafkaIngress(new Map(sinks)))
    const events = kafkaSinkEvents(`http://127.0.0.1:${ingress.port}/nowcast`, '/test')
    return {
      events,
      async records() {
        const records = await Promise.all(topics.map((topic) => broker.newest(topic, 1_000, 1e9)))
        return records.flat().map(({ topic, partition, key, headers, value }) => ({
          topic,
          partition,
          key: key && Buffer.from(key).toString(),
          headers,
          value: Buffer.from(value ?? []).toString(),
        }))
      },
      openAway: async () => kafkaSinkEvents('http://127.0.0.1:1/nowcast', '/test'),
      async remove() {
        await events.close()
        await ingress.close()
        log.close()
        rmSync(folder, { recursive: true })
      },
    }
  },
  { tellsTooLarge: false },
)
