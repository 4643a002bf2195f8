import { randomUUID } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'

import { KAFKA_BROKERS, TAKE_DEADLINE_MS, takeKafka, testKafka } from '../support/backends.ts'
import { nowcast } from '../support/cli.ts'

describe('nowcast with --kafka', () => {
  it('says when nothing answers there', async () => {
    const { code, stderr } = await nowcast(['topics', '--kafka', '127.0.0.1:1'])
    expect([code, stderr.trim()]).toEqual([
      1,
      'Kafka at 127.0.0.1:1 does not answer: Connection error: connect ECONNREFUSED 127.0.0.1:1',
    ])
  }, 20_000)

  it.each(['localhost', 'kafka://localhost:9092', 'a:1,,b:2'])(
    'refuses %s as an address',
    async (address) => {
      const { code, stderr } = await nowcast(['topics', '--kafka', address])
      expect(code).toBe(2)
      expect(stderr).toContain('It must be host:port, e.g. localhost:9092.')
    },
  )

  const whenThere = KAFKA_BROKERS === undefined ? it.skip : it
  const reason = KAFKA_BROKERS === undefined ? ' (not tested: set KAFKA_BROKERS)' : ''
  whenThere(
    `sends, shows and counts records without a platform${reason}`,
    async () => {
      const taken = await takeKafka(KAFKA_BROKERS ?? '')
      const kafka = ['--kafka', KAFKA_BROKERS ?? '']
      const topic = `cli-${randomUUID()}`
      const admin = testKafka(KAFKA_BROKERS ?? '').admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })
      await admin.disconnect()

      const row = '{"timestamp":"2026-01-01T00:00:00Z","target":1}'
      const sent = await nowcast([
        'send',
        topic,
        row,
        '--type',
        'target',
        '--series',
        's',
        ...kafka,
      ])
      expect([sent.code, sent.stderr]).toEqual([0, ''])
      const tail = await nowcast(['tail', topic, '-n', '1', '--json', ...kafka])
      expect(JSON.parse(tail.stdout)).toMatchObject({
        id: sent.stdout.trim(),
        type: 'dev.nowcast.target',
        recordkey: 's',
        data: { timestamp: '2026-01-01T00:00:00Z', target: 1 },
      })
      const topics = await nowcast(['topics', '--json', ...kafka])
      expect(JSON.parse(topics.stdout)).toContainEqual(
        expect.objectContaining({ topic, partitions: 2, newest: 1 }),
      )
      const missing = await nowcast(['send', `${topic}s`, row, '--type', 'target', ...kafka])
      expect([missing.code, missing.stderr.trim()]).toEqual([
        1,
        `there is no topic "${topic}s"; did you mean "${topic}"?`,
      ])
      await taken.release()
    },
    TAKE_DEADLINE_MS,
  )
})
