import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'

import { kafkaEvents } from '../../../../functions/lib/adapters/kafka-events.ts'
import { RetryableError } from '../../../../functions/lib/errors.ts'
import { TOPICS } from '../../../../functions/lib/events.ts'
import { openKafkaBroker } from '../../../../platform/local/broker/kafka/kafka-broker.ts'
import { eventsContract } from '../../../contracts/events.contract.ts'
import { KAFKA_BROKERS, takeKafka, TAKE_DEADLINE_MS } from '../../../support/backends.ts'
import type { TakenBackend } from '../../../support/backends.ts'

const quiet = () => undefined
const AWAY = 'kafka://127.0.0.1:1?security=plaintext'

if (KAFKA_BROKERS === undefined) {
  describe('Kafka', () => {
    it.skip('is not tested: set KAFKA_BROKERS to brokers, as test/contracts/README.md says', () => {})
  })
} else {
  const brokers = KAFKA_BROKERS
  describe('on a broker of its own', () => {
    let taken: TakenBackend
    beforeAll(async () => {
      taken = await takeKafka(brokers)
    }, TAKE_DEADLINE_MS)
    afterAll(() => taken.release())

    eventsContract(
      'Kafka',
      async () => {
        const topics = [...new Set(Object.values(TOPICS))]
        const broker = await openKafkaBroker({
          servers: brokers.split(','),
          topics: topics.map((topic) => {
            return { topic, partitions: 5, retentionMs: undefined, maxMessageBytes: 400_000 }
          }),
          facts: quiet,
        })
        const source = `/test/${randomUUID()}`
        const open = (url: string) =>
          kafkaEvents(url, { source, credentials: undefined, log: quiet })
        const events = await open(`kafka://${brokers}?security=plaintext`)
        return {
          events,
          async records() {
            const records = await Promise.all(
              topics.map((topic) => broker.newest(topic, 1_000, 1e9)),
            )
            return records
              .flat()
              .filter(({ headers }) => headers['ce_source'] === source)
              .map(({ topic, partition, key, headers, value }) => ({
                topic,
                partition,
                key: key && Buffer.from(key).toString(),
                headers,
                value: Buffer.from(value ?? []).toString(),
              }))
          },
          openAway: () => open(AWAY),
          async remove() {
            await events.close()
            await broker.close()
          },
        }
      },
      { tellsTooLarge: true },
    )
  })
}

describe('Kafka that is away', () => {
  it('is no reason not to start, is refused at once after that, and is said once', async () => {
    const facts: string[] = []
    const events = await kafkaEvents(AWAY, {
      source: '/test',
      credentials: undefined,
      log: (level, fact) => facts.push(`${level}: ${fact}`),
    })
    const event = { type: 'dev.nowcast.row', series: 's', partitionKey: 's', rows: [{}] } as const
    for (let time = 0; time < 3; time += 1) {
      const began = performance.now()
      await expect(events.publish([event])).rejects.toThrow(RetryableError)
      expect(performance.now() - began).toBeLessThan(1_000)
    }
    await events.close()
    expect(facts).toEqual([
      'warn: the Kafka brokers cannot be reached: events are not taken until they can',
    ])
  }, 20_000)
})

describe('EVENTS_URL and EVENTS_CREDENTIALS', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nowcast-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it.each([
    ['kafka://', 'name the bootstrap servers'],
    ['kafka://user:secret@host:9092', 'name the bootstrap servers'],
    ['kafka://host', 'name the bootstrap servers'],
    ['kafka://host:9092?security=none', 'security can only be "plaintext"'],
    ['kafka://host:9092', 'set EVENTS_CREDENTIALS to the folder'],
  ])('%s is refused with the way out, and no secret', async (url, wayOut) => {
    const opening = kafkaEvents(url, { source: '/test', credentials: undefined, log: quiet })
    await expect(opening).rejects.toThrow(wayOut)
    await expect(opening).rejects.not.toThrow('secret')
  })

  it('name the file that is missing or empty', async () => {
    const open = () =>
      kafkaEvents('kafka://127.0.0.1:1', { source: '/test', credentials: folder, log: quiet })
    writeFileSync(join(folder, 'user'), 'predict\n')
    await expect(open()).rejects.toThrow(`${join(folder, 'password')} cannot be read`)
    writeFileSync(join(folder, 'password'), '')
    await expect(open()).rejects.toThrow(`${join(folder, 'password')} is empty`)
  })
})
