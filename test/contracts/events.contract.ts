import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { OutgoingEvent } from '../../functions/lib/events.ts'
import { RetryableError } from '../../functions/lib/errors.ts'
import type { Events } from '../../functions/lib/ports/events.ts'

/** A record as it stands in a topic. */
interface PublishedRecord {
  readonly topic: string
  readonly partition: number
  readonly key: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly value: string
}

/** A port, opened on topics that a test can read. */
export interface OpenedEvents {
  readonly events: Events
  /** What was published through this port so far, in the order of each partition. */
  records(): Promise<PublishedRecord[]>
  /** The same port where nobody listens. */
  openAway(): Promise<Events>
  /** Closes everything; the port may be closed already. */
  remove(): Promise<void>
}

interface Traits {
  /** Knows an event that is too large for its topic, which no repetition makes smaller. A KafkaSink answers 503 to it. */
  readonly tellsTooLarge: boolean
}

const row = (value: number) => ({ timestamp: `t${value}`, value })

function event(rows: readonly object[], more: Partial<OutgoingEvent> = {}): OutgoingEvent {
  return { type: 'dev.nowcast.features', series: 's', partitionKey: 's', rows, ...more }
}

/** What every adapter of `Events` promises. */
export function eventsContract(
  adapter: string,
  open: () => Promise<OpenedEvents>,
  { tellsTooLarge }: Traits,
): void {
  describe(`Events contract: ${adapter}`, () => {
    let opened: OpenedEvents
    beforeEach(async () => {
      opened = await open()
    }, 30_000)
    afterEach(() => opened.remove(), 30_000)

    const rowsOf = ({ value }: PublishedRecord): unknown => JSON.parse(value).rows

    it('has written an event, in binary mode with its content type, when it resolves', async () => {
      await opened.events.publish([event([row(1)])])
      const [record, ...others] = await opened.records()
      expect(others).toEqual([])
      expect(record).toMatchObject({ topic: 'mltest', key: 's' })
      expect(record?.headers).toMatchObject({
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_type: 'dev.nowcast.features',
        ce_source: expect.any(String),
        ce_id: expect.any(String),
        ce_subject: 's',
        ce_partitionkey: 's',
      })
      expect(record?.headers).not.toHaveProperty('ce_time')
      expect(record && rowsOf(record)).toEqual([row(1)])
    })

    it('writes each type to its topic', async () => {
      await opened.events.publish([
        event([row(1)]),
        event([row(1)], { type: 'dev.nowcast.row' }),
        event([row(1)], { type: 'dev.nowcast.error' }),
      ])
      const topics = (await opened.records()).map(({ topic }) => topic)
      expect(topics.toSorted()).toEqual(['mlrows', 'mlscore', 'mltest'])
    })

    it('gives the same contents the same id, and others another', async () => {
      for (const value of [1, 1, 2]) await opened.events.publish([event([row(value)])])
      const ids = (await opened.records()).map(({ headers }) => headers['ce_id'])
      expect(ids[0]).toBe(ids[1])
      expect(ids[2]).not.toBe(ids[0])
    })

    it('keeps what has one key in one partition, in order', async () => {
      for (let value = 0; value < 20; value += 1) {
        await opened.events.publish([event([row(value)], { series: `é ${value % 2}` })])
      }
      const records = await opened.records()
      expect(new Set(records.map(({ partition }) => partition)).size).toBe(1)
      expect(records.map((record) => rowsOf(record))).toEqual(
        Array.from({ length: 20 }, (_, value) => [row(value)]),
      )
      expect(records[1]?.headers['ce_subject']).toBe('é 1')
    })

    it('writes what has no key', async () => {
      await opened.events.publish([event([row(1)], { partitionKey: undefined, series: undefined })])
      const [record] = await opened.records()
      expect(record?.key).toBeUndefined()
      expect(record?.headers).not.toHaveProperty('ce_subject')
    })

    it('splits an event over 1,000 rows, in order', async () => {
      const rows = Array.from({ length: 2_500 }, (_, value) => row(value))
      await opened.events.publish([event(rows)])
      const records = await opened.records()
      expect(records.length).toBe(3)
      expect(records.flatMap((record) => rowsOf(record))).toEqual(rows)
    })

    it('writes everything once when much is published at once', async () => {
      const values = Array.from({ length: 300 }, (_, value) => value)
      await Promise.all(
        values.map((value) =>
          opened.events.publish([event([row(value)], { partitionKey: `${value}` })]),
        ),
      )
      const records = await opened.records()
      expect(records.map(({ key }) => Number(key)).toSorted((a, b) => a - b)).toEqual(values)
    }, 30_000)

    it('publishes nothing for no events', async () => {
      await opened.events.publish([])
      expect(await opened.records()).toEqual([])
    })

    it('has written what was published before it is closed', async () => {
      const published = Array.from({ length: 20 }, (_, value) =>
        opened.events.publish([event([row(value)])]),
      )
      await Promise.all(published)
      await opened.events.close()
      expect(await opened.records()).toHaveLength(20)
    })

    it('asks for another try while nobody listens', async () => {
      const away = await opened.openAway()
      await expect(away.publish([event([row(1)])])).rejects.toThrow(RetryableError)
      await away.close()
    }, 20_000)

    const whenItTells = tellsTooLarge ? it : it.skip
    whenItTells(
      'rejects for good what is too large for its topic, and writes the rest',
      async () => {
        // Bytes without a pattern: what is packed well may pass.
        const noise = Array.from({ length: 65_000 }, () => Math.random().toString(36)).join('')
        const large = opened.events.publish([event([{ noise }])])
        const small = opened.events.publish([event([row(1)])])
        await expect(large).rejects.toMatchObject({ name: 'RejectedError', code: 'too-large' })
        await small
        expect((await opened.records()).map((record) => rowsOf(record))).toEqual([[row(1)]])
      },
      30_000,
    )
  })
}
