import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { connectDatabase } from '../../functions/lib/connect.ts'
import { KAFKA_BROKERS, TAKE_DEADLINE_MS, takeKafka, testKafka } from '../support/backends.ts'
import { nowcast } from '../support/cli.ts'
import { rowLetter } from '../support/letter.ts'
import { MONGODB_URI } from '../support/mongodb-store.ts'

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
      await createTopic(topic)

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

  whenThere(
    `feeds a file${reason}`,
    async () => {
      const taken = await takeKafka(KAFKA_BROKERS ?? '')
      const folder = await mkdtemp(join(tmpdir(), 'nowcast-'))
      const file = join(folder, 'a.csv')
      await writeFile(file, 'date,a,target\n2026-01-01,1,2\n')
      await createTopic('mltest')
      const args = ['feed', file, '--state', folder, '--kafka', KAFKA_BROKERS ?? '']
      const fed = await nowcast(args)
      expect([fed.code, fed.stdout]).toEqual([
        0,
        '1 row, 1 with a target: published to mltest as series mltest\n',
      ])
      expect((await nowcast(args)).stdout).toContain('already; --again publishes it again')
      expect((await newest('mltest', 2)).toSorted(byType)).toMatchObject([
        {
          type: 'dev.nowcast.features',
          recordkey: 'mltest',
          data: { rows: [{ timestamp: '2026-01-01T00:00:00.000Z', a: 1 }] },
        },
        { type: 'dev.nowcast.target', recordkey: 'mltest' },
      ])
      await rm(folder, { recursive: true })
      await taken.release()
    },
    TAKE_DEADLINE_MS,
  )

  const whenBoth = MONGODB_URI === undefined ? it.skip : whenThere
  const missing = MONGODB_URI === undefined ? ' (not tested: set MONGODB_URI too)' : reason
  whenBoth(
    `sends a row of a MongoDB's dead letter again without a platform${missing}`,
    async () => {
      const taken = await takeKafka(KAFKA_BROKERS ?? '')
      await createTopic('mltest')
      const eventId = randomUUID()
      const store = await connectDatabase(MONGODB_URI ?? '')
      await store.deadLetters.put([rowLetter({ eventId })])
      const id = (await store.deadLetters.list(100)).find((each) => each.eventId === eventId)?.id
      const args = ['dead', 'redrive', id ?? '', '--mongo', MONGODB_URI ?? '']
      const sent = await nowcast([...args, '--kafka', KAFKA_BROKERS ?? ''])
      expect([sent.code, sent.stdout]).toEqual([0, expect.stringMatching(/mltest answered 202\n$/)])
      expect(await newest('mltest', 1)).toMatchObject([
        { id, type: 'dev.nowcast.target', subject: 'river', data: { rows: [{ target: 'high' }] } },
      ])
      expect(await store.deadLetters.find(id ?? '')).toMatchObject({ redriven: { times: 1 } })
      await store.close()
      await taken.release()
    },
    TAKE_DEADLINE_MS,
  )
})

const record = z.looseObject({ type: z.string() })

async function newest(topic: string, count: number) {
  const args = ['tail', topic, '-n', String(count), '--json', '--kafka', KAFKA_BROKERS ?? '']
  const { stdout } = await nowcast(args)
  return stdout
    .trim()
    .split('\n')
    .map((line) => record.parse(JSON.parse(line)))
}

function byType(a: { type: string }, b: { type: string }): number {
  return a.type < b.type ? -1 : 1
}

async function createTopic(topic: string): Promise<void> {
  const admin = testKafka(KAFKA_BROKERS ?? '').admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })
  await admin.disconnect()
}
