import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { EventLog, NewRecord } from '../../platform/local/log/event-log.ts'
import { eventually } from '../support/eventually.ts'

interface Traits {
  /** What was written is there again after `close` and another `open`. */
  readonly durable: boolean
}

/** One place a log can be kept in, for one test. */
export interface LogPlace {
  /** Opens the log that is kept here, new the first time. `now` gives virtual milliseconds. */
  open(now: () => number): EventLog
  cleanUp(): void
}

const HOUR = 3_600_000
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value)

function record(value: string, more: Partial<NewRecord> = {}): NewRecord {
  return { ...unplaced(value), partition: 0, ...more }
}

/** A record whose partition the log chooses. */
function unplaced(value: string, key?: string): NewRecord {
  return {
    topic: 'rows',
    key: key === undefined ? undefined : bytes(key),
    headers: {},
    value: bytes(value),
  }
}

/** What every event log promises (`platform/local/log/event-log.ts`). */
export function eventLogContract(
  adapter: string,
  setUp: () => LogPlace,
  { durable }: Traits,
): void {
  describe(`EventLog contract: ${adapter}`, () => {
    let place: LogPlace
    let log: EventLog
    let now: number
    const reopen = () => {
      log.close()
      log = place.open(() => now)
    }
    const values = (partition = 0) =>
      log.read('rows', partition, 0, 1_000).map(({ value }) => text(value))

    beforeEach(() => {
      now = Date.UTC(2026, 0, 1)
      place = setUp()
      log = place.open(() => now)
      log.createTopic({
        topic: 'rows',
        partitions: 3,
        retentionMs: 24 * HOUR,
        maxMessageBytes: 1_000,
      })
    })
    afterEach(() => {
      log.close()
      place.cleanUp()
    })

    it('gives each partition consecutive offsets from 0, in the order of the records', async () => {
      const first = await log.append([record('a'), record('b', { partition: 2 }), record('c')])
      const second = await log.append([record('d')])

      expect([...first, ...second]).toEqual([
        { partition: 0, offset: 0 },
        { partition: 2, offset: 0 },
        { partition: 0, offset: 1 },
        { partition: 0, offset: 2 },
      ])
      expect(values()).toEqual(['a', 'c', 'd'])
      expect(log.ranges('rows')).toEqual([
        { partition: 0, start: 0, end: 3 },
        { partition: 1, start: 0, end: 0 },
        { partition: 2, start: 0, end: 1 },
      ])
    })

    it('gives many appends of one moment consecutive offsets, each its own', async () => {
      const all = Array.from({ length: 1_200 }, (_, index) => log.append([record(String(index))]))

      const offsets = (await Promise.all(all)).map(([position]) => position?.offset)

      expect(offsets).toEqual(Array.from({ length: 1_200 }, (_, index) => index))
      expect(log.ranges('rows')[0]).toEqual({ partition: 0, start: 0, end: 1_200 })
    })

    it('gives back key, headers, value and time as they were written', async () => {
      const headers = { ce_id: 'é "%"', 'content-type': 'application/json', __proto__x: '' }
      await log.append([
        { topic: 'rows', partition: 1, key: bytes('k\0'), headers, value: bytes('{"a":1}') },
        { topic: 'rows', partition: 1, key: undefined, headers: {}, value: undefined },
        { topic: 'rows', partition: 1, key: bytes(''), headers: {}, value: bytes('') },
      ])

      const [first, second, third] = log.read('rows', 1, 0, 10)

      expect(first).toMatchObject({
        topic: 'rows',
        partition: 1,
        offset: 0,
        timestamp: now,
        headers,
      })
      expect([text(first?.key), text(first?.value)]).toEqual(['k\0', '{"a":1}'])
      expect([second?.key, second?.value]).toEqual([undefined, undefined])
      expect([third?.key?.length, third?.value?.length]).toEqual([0, 0])
    })

    it('keeps records with the same key in one partition, as the default partitioner of Kafka', async () => {
      const positions = await log.append(
        ['21', 'foobar', 'abc', '21'].map((key) => unplaced('x', key)),
      )

      // toPositive(murmur2(key)) % 3, with the hashes of Kafka's own UtilsTest.testMurmur2.
      const expected = [-973932308, -790332482, 479470107, -973932308].map(
        (hash) => (hash & 0x7fffffff) % 3,
      )
      expect(positions.map(({ partition }) => partition)).toEqual(expected)
    })

    it('spreads records without a key over the partitions in turn', async () => {
      const positions = await log.append(Array.from({ length: 6 }, () => unplaced('x')))

      expect(new Set(positions.slice(0, 3).map(({ partition }) => partition))).toEqual(
        new Set([0, 1, 2]),
      )
      expect(log.ranges('rows').map(({ end }) => end)).toEqual([2, 2, 2])
    })

    it('stores nothing of a call with an unknown topic, and says what was meant', async () => {
      const wrong = log.append([record('a'), record('b', { topic: 'row' })])
      const right = log.append([record('c')])

      await expect(wrong).rejects.toThrow('topic "row" has no KafkaTopic; did you mean "rows"?')
      await expect(wrong).rejects.toMatchObject({ name: 'UnknownTopicError' })
      await right
      expect(values()).toEqual(['c'])
    })

    it('stores nothing of a call with a record that is too large', async () => {
      const wrong = log.append([record('a'), record('x'.repeat(1_000))])
      const right = log.append([record('y'.repeat(900))])

      await expect(wrong).rejects.toMatchObject({ name: 'RecordTooLargeError' })
      await expect(wrong).rejects.toThrow('max.message.bytes')
      await right
      expect(values()).toEqual(['y'.repeat(900)])
    })

    it('refuses a partition that the topic does not have', async () => {
      await expect(log.append([record('a', { partition: 3 })])).rejects.toThrow(
        'has no partition 3',
      )
    })

    it('reads from an offset on, at most as many as asked', async () => {
      await log.append(['a', 'b', 'c', 'd'].map((value) => record(value)))

      expect(log.read('rows', 0, 1, 2).map(({ offset }) => offset)).toEqual([1, 2])
      expect(log.read('rows', 0, 4, 2)).toEqual([])
      expect(log.read('rows', 1, 0, 2)).toEqual([])
      expect(() => log.read('raws', 0, 0, 1)).toThrow('did you mean "rows"?')
    })

    it('never lets the time of a partition go back', async () => {
      await log.append([record('a')])
      now -= HOUR
      await log.append([record('b')])
      now += 2 * HOUR
      await log.append([record('c')])

      const times = log.read('rows', 0, 0, 3).map(({ timestamp }) => timestamp)
      expect(times).toEqual([now - HOUR, now - HOUR, now])
    })

    it('calls a watcher once records can be read, until it stops', async () => {
      const seen: (string | undefined)[][] = []
      const stop = log.watch('rows', () => seen.push(values()))
      const other: string[] = []
      log.createTopic({
        topic: 'other',
        partitions: 1,
        retentionMs: undefined,
        maxMessageBytes: 100,
      })
      log.watch('other', () => other.push('called'))

      await log.append([record('a')])
      await eventually(() => seen.length > 0)
      stop()
      await log.append([record('b')])

      expect(seen).toEqual([['a']])
      expect(other).toEqual([])
    })

    it('keeps the offsets of each group and topic apart', () => {
      log.createTopic({ topic: 'other', partitions: 1, retentionMs: undefined, maxMessageBytes: 9 })
      log.commit('g', 'rows', new Map([[0, 5]]))
      log.commit('g', 'rows', new Map([[2, 7]]))
      log.commit('g', 'rows', new Map([[0, 6]]))
      log.commit('h', 'other', new Map([[0, 1]]))

      expect(log.committed('g', 'rows')).toEqual(
        new Map([
          [0, 6],
          [2, 7],
        ]),
      )
      expect(log.committed('g', 'other')).toEqual(new Map())
      expect(log.groups()).toEqual(['g', 'h'])

      log.deleteGroup('g')
      expect(log.committed('g', 'rows')).toEqual(new Map())
      expect(log.groups()).toEqual(['h'])
    })

    it('lets a topic grow and take new settings, and refuses to shrink it', async () => {
      await log.append([record('a')])
      const settings = { topic: 'rows', partitions: 5, retentionMs: undefined, maxMessageBytes: 9 }
      log.createTopic(settings)

      expect(log.topics()).toEqual([settings])
      expect(log.ranges('rows').map(({ end }) => end)).toEqual([1, 0, 0, 0, 0])
      expect(() => log.createTopic({ ...settings, partitions: 2 })).toThrow(
        'has 5 partitions and cannot shrink to 2',
      )
      expect(log.topics()).toEqual([settings])
    })

    it('deletes what is older than its topic keeps, and moves the start', async () => {
      log.createTopic({
        topic: 'kept',
        partitions: 1,
        retentionMs: undefined,
        maxMessageBytes: 100,
      })
      await log.append([record('a'), record('b'), record('k', { topic: 'kept' })])
      now += 23 * HOUR
      await log.append([record('c')])
      now += 2 * HOUR
      log.expire()

      expect(values()).toEqual(['c'])
      expect(log.ranges('rows')[0]).toEqual({ partition: 0, start: 2, end: 3 })
      expect(log.ranges('kept')[0]).toEqual({ partition: 0, start: 0, end: 1 })
    })

    it('goes on counting when everything has expired', async () => {
      await log.append([record('a'), record('b')])
      now += 48 * HOUR
      log.expire()

      expect(log.ranges('rows')[0]).toEqual({ partition: 0, start: 2, end: 2 })
      expect(await log.append([record('c')])).toEqual([{ partition: 0, offset: 2 }])
    })

    const whenDurable = durable ? it : it.skip

    whenDurable('keeps records, offsets, groups and settings over a restart', async () => {
      await log.append([record('a'), record('b')])
      log.commit('g', 'rows', new Map([[0, 1]]))
      reopen()

      expect(values()).toEqual(['a', 'b'])
      expect(log.committed('g', 'rows')).toEqual(new Map([[0, 1]]))
      expect(log.topics()).toMatchObject([{ topic: 'rows', partitions: 3, retentionMs: 24 * HOUR }])
      expect(await log.append([record('c')])).toEqual([{ partition: 0, offset: 2 }])
    })

    whenDurable('goes on counting over a restart when everything has expired', async () => {
      await log.append([record('a'), record('b')])
      now += 48 * HOUR
      log.expire()
      reopen()

      expect(log.ranges('rows')[0]).toEqual({ partition: 0, start: 2, end: 2 })
      expect(await log.append([record('c')])).toEqual([{ partition: 0, offset: 2 }])
    })

    whenDurable('never lets the time of a partition go back over a restart', async () => {
      await log.append([record('a')])
      now -= HOUR
      reopen()
      await log.append([record('b')])

      expect(log.read('rows', 0, 1, 1)[0]?.timestamp).toBe(now + HOUR)
    })

    whenDurable('writes on closing what was still to be written', async () => {
      const appended = log.append([record('a')])
      reopen()

      expect(await appended).toEqual([{ partition: 0, offset: 0 }])
      expect(values()).toEqual(['a'])
    })
  })
}
