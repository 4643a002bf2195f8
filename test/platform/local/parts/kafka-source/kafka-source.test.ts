import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'

import { embeddedBroker } from '../../../../../platform/local/broker/embedded-broker.ts'
import { startClock } from '../../../../../platform/local/clock.ts'
import type { Level } from '../../../../../platform/local/facts.ts'
import { httpAddressable } from '../../../../../platform/local/http/addressable.ts'
import type { NewRecord } from '../../../../../platform/local/log/event-log.ts'
import { openSqliteLog } from '../../../../../platform/local/log/sqlite-log.ts'
import type { SqliteLog } from '../../../../../platform/local/log/sqlite-log.ts'
import type {
  Delivery,
  KafkaSourceManifest,
} from '../../../../../platform/local/manifests/inventory.ts'
import { startKafkaSource } from '../../../../../platform/local/parts/kafka-source/kafka-source.ts'
import type { RunningKafkaSource } from '../../../../../platform/local/parts/kafka-source/kafka-source.ts'
import { eventually } from '../../../../support/eventually.ts'
import { startReceiver } from '../../../../support/receiver.ts'
import type { Receiver } from '../../../../support/receiver.ts'

const HOUR = 3_600_000
const ALL_BUT_INTERVALS = [
  'Date',
  'performance',
  'nextTick',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setTimeout',
  'clearTimeout',
  'hrtime',
] as const
const NO_RETRY: Delivery = {
  retry: undefined,
  backoffPolicy: undefined,
  backoffDelayMs: undefined,
  timeoutMs: undefined,
  deadLetterSink: undefined,
}

describe('a KafkaSource', () => {
  let folder: string
  let log: SqliteLog
  let sink: Receiver
  let deadLetters: Receiver
  let facts: { level: Level; fact: string }[]
  let running: RunningKafkaSource[]
  let addressables: { close(): void }[]

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'source-'))
    log = openSqliteLog(join(folder, 'log.db'), () => Date.now())
    for (const topic of ['mltest', 'other']) {
      log.createTopic({ topic, partitions: 2, retentionMs: HOUR, maxMessageBytes: 1_048_588 })
    }
    sink = await startReceiver()
    deadLetters = await startReceiver()
    facts = []
    running = []
    addressables = []
  })
  afterEach(async () => {
    await Promise.all(running.map((source) => source.close()))
    for (const addressable of addressables) addressable.close()
    await sink.close()
    await deadLetters.close()
    log.close()
    rmSync(folder, { recursive: true })
  })

  function manifest(more: Partial<KafkaSourceManifest> = {}): KafkaSourceManifest {
    return {
      kind: 'KafkaSource',
      namespace: 'nowcast',
      name: 'persist',
      file: 'eventing/persist.yaml',
      line: 3,
      bootstrapServers: ['kafka:9093'],
      topics: ['mltest'],
      consumerGroup: 'persist',
      consumers: 1,
      initialOffset: 'earliest',
      ordering: 'ordered',
      keyType: 'string',
      delivery: undefined,
      sink: { ref: undefined, uri: sink.url },
      extensions: {},
      ...more,
    }
  }

  function start(more: Partial<KafkaSourceManifest> = {}, speed = 1_000): RunningKafkaSource {
    const source = startKafkaSource(manifest(more), {
      broker: embeddedBroker(log),
      order: 0,
      clock: startClock({ speed, notBefore: 0 }),
      facts: (level, who, fact) => facts.push({ level, fact: `${who}: ${fact}` }),
      resolve({ ref, uri }) {
        const addressable = httpAddressable(ref === undefined && uri ? uri : sink.url)
        addressables.push(addressable)
        return addressable
      },
    })
    running.push(source)
    return source
  }

  function withDeadLetters(more: Partial<Delivery> = {}): { delivery: Delivery } {
    const deadLetterSink = { ref: undefined, uri: `${deadLetters.url}/dead` }
    return { delivery: { ...NO_RETRY, deadLetterSink, ...more } }
  }

  const value = (text: string) => new TextEncoder().encode(text)
  const plain = (text: string, partition = 0): NewRecord => {
    return { topic: 'mltest', partition, key: undefined, headers: {}, value: value(text) }
  }
  const numbered = (count: number, partition = 0) =>
    Array.from({ length: count }, (_, index) => plain(String(index), partition))
  const bodies = ({ requests }: Receiver) => requests.map(({ body }) => body.toString())
  const said = (level: Level) => facts.filter((one) => one.level === level).map(({ fact }) => fact)
  const lagOf = async (source: RunningKafkaSource) => (await source.status()).lag?.[0]?.records
  const allDone = (source: RunningKafkaSource) =>
    eventually(async () => (await lagOf(source)) === 0)

  describe('sends', () => {
    it('events in binary mode, with the headers of the dispatcher', async () => {
      const headers = {
        ce_specversion: '1.0',
        ce_id: 'é 1',
        ce_source: '/simulate',
        ce_type: 'dev.nowcast.row',
        'content-type': 'application/json',
      }
      await log.append([{ ...plain('{"a":1}', 1), headers }])
      start({ extensions: { origin: 'laptop' } })

      const request = await eventually(() => sink.requests[0])
      expect(request).toMatchObject({ method: 'POST', path: '/' })
      expect(request.headers).toMatchObject({
        'ce-specversion': '1.0',
        'ce-id': '%C3%A9%201',
        'ce-source': '/simulate',
        'ce-type': 'dev.nowcast.row',
        'ce-knativekafkapartition': '1',
        'ce-knativekafkaoffset': '0',
        'ce-origin': 'laptop',
        'content-type': 'application/json',
        'content-length': '7',
        prefer: 'reply',
        'kn-namespace': 'nowcast',
      })
      expect(request.body.toString()).toBe('{"a":1}')
    })

    it('plain records without a content type, and null values without a body', async () => {
      await log.append([plain('text'), { ...plain(''), value: undefined }])
      start()

      await eventually(() => sink.requests.length === 2)
      expect(bodies(sink)).toEqual(['text', ''])
      expect(sink.requests.map(({ headers }) => headers['content-type'])).toEqual([
        undefined,
        undefined,
      ])
    })

    it('to the path of its uri', async () => {
      await log.append([plain('x')])
      start({ sink: { ref: undefined, uri: `${sink.url}/events/in?a=1` } })
      expect(await eventually(() => sink.requests[0])).toMatchObject({ path: '/events/in?a=1' })
    })

    it('to a path under the address of what its ref names', async () => {
      await log.append([plain('x')])
      const ref = { kind: 'Service', namespace: 'nowcast', name: 'persist' } as const
      start({ sink: { ref, uri: undefined }, name: 'a', consumerGroup: 'a' })
      start({ sink: { ref, uri: '/dead' }, name: 'b', consumerGroup: 'b' })

      await eventually(() => sink.requests.length === 2)
      expect(sink.requests.map(({ path }) => path).toSorted()).toEqual(['/', '/dead'])
    })
  })

  describe('when the sink fails', () => {
    it.each([500, 503, 404, 408, 409, 429])('tries again after %i', async (status) => {
      await log.append([plain('x')])
      let attempts = 0
      sink.replyWith(() => ({ status: ++attempts < 3 ? status : 202 }))
      const source = start()

      await allDone(source)
      expect(bodies(sink)).toEqual(['x', 'x', 'x'])
      expect(await source.status()).toMatchObject({
        delivered: 1,
        retried: 2,
        deadLettered: 0,
        dropped: 0,
      })
    })

    it.each([300, 301, 400, 401, 403, 413, 422])('gives up at once after %i', async (status) => {
      await log.append([plain('x')])
      sink.replyWith(() => ({ status }))
      const source = start(withDeadLetters({ retry: 5 }))

      await allDone(source)
      expect([sink.requests.length, deadLetters.requests.length]).toEqual([1, 1])
      expect(await source.status()).toMatchObject({
        delivered: 0,
        retried: 0,
        deadLettered: 1,
        dropped: 0,
      })
    })

    it.each([200, 202, 204])('takes %i for delivered, whatever the body', async (status) => {
      await log.append([plain('x')])
      sink.replyWith(() => ({ status, body: status === 204 ? '' : 'x'.repeat(100_000) }))
      const source = start()

      await allDone(source)
      expect(await source.status()).toMatchObject({ delivered: 1, retried: 0 })
    })

    it('tries again when the connection is cut or nobody listens', async () => {
      await log.append([plain('x')])
      let attempts = 0
      sink.replyWith(() => (++attempts < 3 ? 'cut' : { status: 204 }))
      const source = start()
      await allDone(source)
      expect(sink.requests.length).toBe(3)

      await sink.close()
      await log.append([plain('y')])
      await eventually(async () => (await source.status()).retried > 2)
      expect(await source.status()).toMatchObject({ delivered: 1, dropped: 0 })
      sink = await startReceiver()
    })

    it('tries again when an answer does not come in time, which the speed does not shorten', async () => {
      await log.append([plain('x')])
      let attempts = 0
      sink.replyWith(() => (++attempts < 2 ? 'nothing' : { status: 204 }))
      const began = performance.now()
      const source = start({ delivery: { ...NO_RETRY, retry: 1, timeoutMs: 200 } }, 100_000)

      await allDone(source)
      expect(performance.now() - began).toBeGreaterThan(195)
      expect(await source.status()).toMatchObject({ delivered: 1, retried: 1 })
    })

    it('tries again when the body of an answer stops half-way', async () => {
      await log.append([plain('x')])
      let attempts = 0
      const headers = { 'content-length': '100' }
      sink.replyWith(() => {
        return ++attempts < 2
          ? { status: 200, headers, body: 'half', isOpen: true }
          : { status: 204 }
      })
      const source = start({ delivery: { ...NO_RETRY, retry: 1, timeoutMs: 100 } })

      await allDone(source)
      expect(await source.status()).toMatchObject({ delivered: 1, retried: 1 })
    })

    it('waits as long as the manifest says, in virtual time', async () => {
      await log.append([plain('x')])
      const times: number[] = []
      sink.replyWith(() => {
        times.push(performance.now())
        return { status: times.length < 4 ? 503 : 204 }
      })
      const delivery: Delivery = {
        ...NO_RETRY,
        retry: 3,
        backoffPolicy: 'linear',
        backoffDelayMs: 1_000,
      }
      const source = start({ delivery }, 20)

      await allDone(source)
      const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0))
      for (const [index, wait] of waits.entries()) {
        expect(wait).toBeGreaterThanOrEqual(50 * (index + 1) - 1)
        expect(wait).toBeLessThan(900)
      }
    })

    it('sends what it could not deliver to the dead letter sink, with the reason', async () => {
      await log.append([plain('x')])
      const headers = { 'Kne-Trace': 'abc', 'kne-bad-name': 'x', 'kne-id': 'x', 'x-other': 'y' }
      sink.replyWith(() => ({ status: 422, body: 'é'.repeat(1_000), headers }))
      start({ ...withDeadLetters(), sink: { ref: undefined, uri: `${sink.url}/in` } })

      const letter = await eventually(() => deadLetters.requests[0])
      expect(letter.path).toBe('/dead')
      expect(letter.headers).toMatchObject({
        'ce-id': 'partition:0/offset:0',
        'ce-knativekafkaoffset': '0',
        'ce-knativeerrordest': `${sink.url}/in`,
        'ce-knativeerrorcode': '422',
        'ce-knativeerrordata': Buffer.from('é'.repeat(512)).toString('base64'),
        'ce-trace': 'abc',
        prefer: 'reply',
        'kn-namespace': 'nowcast',
      })
      expect(Object.keys(letter.headers).filter((name) => /bad|other/.test(name))).toEqual([])
      expect(letter.body.toString()).toBe('x')
    })

    it('says nothing of an answer in a dead letter when there was none, and no data without a body', async () => {
      await log.append([plain('x'), plain('y')])
      let attempts = 0
      sink.replyWith(() => (++attempts === 1 ? 'cut' : { status: 400 }))
      start(withDeadLetters())

      await eventually(() => deadLetters.requests.length === 2)
      const errors = deadLetters.requests.map(({ headers }) =>
        Object.keys(headers).filter((name) => name.startsWith('ce-knativeerror')),
      )
      expect(errors).toEqual([
        ['ce-knativeerrordest'],
        ['ce-knativeerrordest', 'ce-knativeerrorcode'],
      ])
    })

    it('tries the dead letter sink as often as the sink', async () => {
      await log.append([plain('x')])
      sink.replyWith(() => ({ status: 500 }))
      let attempts = 0
      deadLetters.replyWith(() => ({ status: ++attempts < 3 ? 500 : 202 }))
      const source = start(withDeadLetters({ retry: 2, backoffDelayMs: 0 }))

      await allDone(source)
      expect([sink.requests.length, deadLetters.requests.length]).toEqual([3, 3])
      expect(await source.status()).toMatchObject({ deadLettered: 1, retried: 4, dropped: 0 })
    })

    it('drops what the dead letter sink does not take, names it, and goes on', async () => {
      await log.append([plain('x'), plain('y')])
      sink.replyWith(({ body }) => ({ status: body.toString() === 'x' ? 422 : 204 }))
      deadLetters.replyWith(() => ({ status: 500, body: 'full' }))
      const source = start(withDeadLetters())

      await allDone(source)
      expect(await source.status()).toMatchObject({ delivered: 1, deadLettered: 0, dropped: 1 })
      expect(said('error')).toEqual([
        'KafkaSource persist: dropped mltest/0@0: it answered 422, and the dead letter sink does not take it: it answered 500 (full)',
      ])
    })

    it('drops what it cannot deliver when there is no dead letter sink, names it, and goes on', async () => {
      await log.append([plain('x'), plain('y')])
      sink.replyWith(({ body }) => ({ status: body.toString() === 'x' ? 503 : 204 }))
      const source = start({ delivery: NO_RETRY })

      await allDone(source)
      expect(await source.status()).toMatchObject({ delivered: 1, retried: 0, dropped: 1 })
      expect(said('error')).toEqual([
        'KafkaSource persist: dropped mltest/0@0: it answered 503; set delivery.deadLetterSink to keep such records',
      ])
    })

    it('says once that a partition cannot be delivered, and once that it is again', async () => {
      await log.append(numbered(3))
      let attempts = 0
      sink.replyWith(() => ({
        status: ++attempts < 6 ? 503 : 204,
        body: attempts < 6 ? 'away' : '',
      }))
      const source = start()

      await allDone(source)
      expect([...said('warn'), ...said('info'), ...said('error')]).toEqual([
        'KafkaSource persist: cannot deliver mltest/0, will try again: it answered 503 (away)',
        'KafkaSource persist: delivers mltest/0 again',
      ])
    })

    it('says once that it sends records to the dead letter sink', async () => {
      await log.append(numbered(4))
      sink.replyWith(({ body }) => ({
        status: body.toString() === '3' ? 204 : 422,
        body: 'no row',
      }))
      const source = start(withDeadLetters())

      await allDone(source)
      expect(said('warn')).toEqual([
        'KafkaSource persist: sent mltest/0@0 to the dead letter sink: it answered 422 (no row)',
      ])
      expect(await source.status()).toMatchObject({ delivered: 1, deadLettered: 3 })
    })
  })

  describe('that is ordered', () => {
    it('has one record of a partition in flight, in order, and its partitions at once', async () => {
      await log.append([...numbered(60), ...numbered(60, 1)])
      const held: { partition: string; reply: () => void }[] = []
      sink.replyWith(
        ({ headers }) =>
          new Promise((resolve) => {
            const partition = String(headers['ce-knativekafkapartition'])
            held.push({ partition, reply: () => resolve({ status: 204 }) })
          }),
      )
      const source = start()

      await eventually(() => held.length === 2)
      expect(held.map(({ partition }) => partition).toSorted()).toEqual(['0', '1'])
      for (let index = 0; index < 120; index++) {
        const next = await eventually(() => held[index])
        next.reply()
      }
      await allDone(source)

      for (const partition of ['0', '1']) {
        const own = sink.requests.filter(
          ({ headers }) => headers['ce-knativekafkapartition'] === partition,
        )
        expect(own.map(({ body }) => body.toString())).toEqual(
          Array.from({ length: 60 }, (_, index) => String(index)),
        )
      }
      expect(sink.mostInFlight()).toBe(2)
    })

    it('holds up a partition whose record is tried again, not the others', async () => {
      await log.append([plain('bad'), plain('after'), plain('x', 1)])
      sink.replyWith(({ body }) => ({ status: body.toString() === 'bad' ? 503 : 204 }))
      start()

      await eventually(() => bodies(sink).filter((body) => body === 'bad').length > 2)
      expect(bodies(sink)).toContain('x')
      expect(bodies(sink)).not.toContain('after')
    })
  })

  describe('that is unordered', () => {
    it('has between 50 and 99 records in flight', async () => {
      await log.append(numbered(30))
      let release: (() => void)[] = []
      sink.replyWith(() => new Promise((resolve) => release.push(() => resolve({ status: 204 }))))
      const source = start({ ordering: 'unordered' })
      await eventually(() => sink.inFlight() === 30)
      await log.append([...numbered(200), ...numbered(200, 1)])
      await eventually(() => sink.inFlight() === 80)

      await eventually(async () => {
        const replies = release
        release = []
        for (const reply of replies) reply()
        return (await lagOf(source)) === 0
      })
      expect(sink.mostInFlight()).toBeGreaterThanOrEqual(80)
      expect(sink.mostInFlight()).toBeLessThanOrEqual(99)
      expect(sink.requests.length).toBe(430)
    })

    it('does not hold up other records, and commits none past the one that is not done', async () => {
      await log.append([plain('0'), plain('bad'), ...numbered(98)])
      sink.replyWith(({ body }) => ({ status: body.toString() === 'bad' ? 503 : 204 }))
      const source = start({ ordering: 'unordered' })

      await eventually(async () => (await source.status()).delivered === 99)
      expect(await lagOf(source)).toBe(1)
      await source.close()
      expect(log.committed('persist', 'mltest')).toEqual(new Map([[0, 1]]))
    })
  })

  describe('over a restart', () => {
    it('goes on after what is done, and delivers again what was not', async () => {
      await log.append([plain('a'), plain('b')])
      sink.replyWith(({ body }) => (body.toString() === 'b' ? 'nothing' : { status: 204 }))
      const first = start()
      await eventually(() => sink.requests.length === 2)
      await first.close()

      sink.replyWith(() => ({ status: 204 }))
      await log.append([plain('c')])
      const second = start()
      await allDone(second)
      expect(bodies(sink)).toEqual(['a', 'b', 'b', 'c'])
      expect(log.committed('persist', 'mltest')).toEqual(new Map([[0, 1]]))
      await second.close()
      expect(log.committed('persist', 'mltest')).toEqual(new Map([[0, 3]]))
    })

    it('begins a new group at the oldest record when it is to begin at the earliest', async () => {
      await log.append(numbered(3))
      const source = start({ initialOffset: 'earliest' })
      expect(log.groups()).toEqual([])
      await allDone(source)
      expect(bodies(sink)).toEqual(['0', '1', '2'])
    })

    it('begins a new group at what comes next when it is to begin at the latest, also after a restart', async () => {
      await log.append(numbered(3))
      const first = start({ initialOffset: 'latest' })
      expect(log.committed('persist', 'mltest')).toEqual(
        new Map([
          [0, 3],
          [1, 0],
        ]),
      )
      await first.close()
      await log.append([plain('next')])
      const second = start({ initialOffset: 'latest' })
      await allDone(second)
      expect(bodies(sink)).toEqual(['next'])
    })

    it('keeps where each group is in each of its topics', async () => {
      await log.append([plain('a'), { ...plain('b'), topic: 'other' }])
      const one = start({ topics: ['mltest', 'other'], consumerGroup: 'one' })
      const two = start({ topics: ['other'], consumerGroup: 'two' })
      await eventually(() => sink.requests.length === 3)
      await one.close()
      await two.close()

      expect(bodies(sink).toSorted()).toEqual(['a', 'b', 'b'])
      expect(log.committed('one', 'mltest')).toEqual(new Map([[0, 1]]))
      expect(log.committed('one', 'other')).toEqual(new Map([[0, 1]]))
      expect(log.committed('two', 'mltest')).toEqual(new Map())
      expect(await one.status()).toMatchObject({
        group: 'one',
        lag: [
          { topic: 'mltest', records: 0 },
          { topic: 'other', records: 0 },
        ],
      })
    })

    it('goes on at the oldest record when those it had not delivered have expired, and says so', async () => {
      await log.append([plain('a')])
      const first = start()
      await allDone(first)
      await first.close()
      await log.append(numbered(4))
      log.close()
      log = openSqliteLog(join(folder, 'log.db'), () => Date.now() + 2 * HOUR)
      log.expire()
      await log.append([plain('new')])

      const second = start({ initialOffset: 'latest' })
      await allDone(second)
      expect(bodies(sink)).toEqual(['a', 'new'])
      expect(said('warn')).toEqual([
        'KafkaSource persist: 4 records of mltest/0 expired before they were delivered',
      ])
    })
  })

  describe('that is closed', () => {
    it('does not wait for the next attempt', async () => {
      await log.append([plain('x')])
      sink.replyWith(() => ({ status: 503 }))
      const source = start({}, 1)
      await eventually(async () => (await source.status()).retried === 1)

      const began = performance.now()
      await source.close()
      expect(performance.now() - began).toBeLessThan(400)
      expect(log.committed('persist', 'mltest')).toEqual(new Map())
    })

    it('lets a request in flight finish for a moment, and commits it', async () => {
      await log.append([plain('x'), plain('y')])
      let answer: () => void = () => undefined
      sink.replyWith(
        () =>
          new Promise((resolve) => {
            answer = () => resolve({ status: 204 })
          }),
      )
      const source = start()
      await eventually(() => sink.inFlight() === 1)
      const closed = source.close()
      answer()
      await closed

      expect(bodies(sink)).toEqual(['x'])
      expect(log.committed('persist', 'mltest')).toEqual(new Map([[0, 1]]))
    })

    it('cuts a request that does not finish, within a second, and does not commit it', async () => {
      await log.append([plain('x')])
      sink.replyWith(() => 'nothing')
      const source = start()
      await eventually(() => sink.inFlight() === 1)

      const began = performance.now()
      await source.close()
      expect(performance.now() - began).toBeLessThan(1_000)
      expect(log.committed('persist', 'mltest')).toEqual(new Map())
      await eventually(() => sink.inFlight() === 0)
      expect(said('error')).toEqual([])
    })

    it('sends nothing any more', async () => {
      const source = start()
      await source.close()
      await source.close()
      await log.append([plain('x')])
      const other = start({ consumerGroup: 'other' })
      await allDone(other)
      expect(sink.requests.length).toBe(1)
    })
  })

  describe('whose topic gains a partition', () => {
    const grow = () =>
      log.createTopic({ topic: 'mltest', partitions: 3, retentionMs: HOUR, maxMessageBytes: 9_999 })

    it('delivers what the new one holds, and goes on after what is done', async () => {
      await log.append([plain('done')])
      const source = start()
      await allDone(source)
      grow()
      await eventually(() => log.committed('persist', 'mltest').get(0) === 1)
      await log.append([plain('new', 2), plain('next')])
      await allDone(source)
      expect(bodies(sink).toSorted()).toEqual(['done', 'new', 'next'])
    })

    it('delivers again what was in flight, as every change of a group does', async () => {
      await log.append([plain('slow')])
      const held: (() => void)[] = []
      sink.replyWith(() => new Promise((resolve) => held.push(() => resolve({ status: 204 }))))
      const source = start()
      await eventually(() => held.length === 1)
      grow()
      await eventually(() => held.length === 2)
      held[0]?.()
      await eventually(async () => (await source.status()).delivered === 1)
      expect(await lagOf(source)).toBe(1)
      held[1]?.()
      await allDone(source)
      expect(bodies(sink)).toEqual(['slow', 'slow'])
    })

    it('begins the new one at its first record, also when it is to begin at the latest', async () => {
      await log.append([plain('before')])
      const source = start({ initialOffset: 'latest' })
      grow()
      await log.append([plain('new', 2)])
      await allDone(source)
      expect(bodies(sink)).toEqual(['new'])
    })
  })

  it('without consumers delivers nothing, and keeps the place that it took', async () => {
    await log.append([plain('before')])
    const paused = start({ initialOffset: 'latest', consumers: 0 })
    await log.append([plain('meanwhile')])
    expect(await lagOf(paused)).toBe(1)
    await paused.close()
    expect(sink.requests).toEqual([])
    await allDone(start({ initialOffset: 'latest' }))
    expect(bodies(sink)).toEqual(['meanwhile'])
  })

  it('refuses a topic that nobody declares, and says which was meant', () => {
    expect(() => start({ topics: ['mltests'] })).toThrow(
      'eventing/persist.yaml:3: KafkaSource persist: topic "mltests" has no KafkaTopic; did you mean "mltest"?',
    )
  })

  it('offers a record as soon as it is written', async () => {
    const source = start()
    await allDone(source)
    for (let index = 0; index < 20; index++) {
      await log.append([plain(String(index))])
      await eventually(async () => (await source.status()).delivered === index + 1)
    }
    expect(await lagOf(source)).toBe(0)
  })

  it('commits every five seconds of the wall what is done', async () => {
    jest.useFakeTimers({ doNotFake: [...ALL_BUT_INTERVALS] })
    try {
      await log.append([plain('x')])
      const source = start({}, 1)
      await allDone(source)

      jest.advanceTimersByTime(4_999)
      expect(log.committed('persist', 'mltest')).toEqual(new Map())
      jest.advanceTimersByTime(1)
      expect(log.committed('persist', 'mltest')).toEqual(new Map([[0, 1]]))
      await source.close()
    } finally {
      jest.useRealTimers()
    }
  })
})
