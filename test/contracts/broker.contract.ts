import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { Broker, Subscription } from '../../platform/local/broker/broker.ts'
import type { LogRecord } from '../../platform/local/log/event-log.ts'
import { consumeOrdered } from '../../platform/local/parts/kafka-source/consume.ts'
import { eventually } from '../support/eventually.ts'

/** Topics that a test asks for, each with three partitions. */
export interface OpenedBroker {
  readonly broker: Broker
  /** The same topics once more, as another platform would open them; undefined when only one may. */
  another(): Promise<Broker | undefined>
  remove(): Promise<void>
}

interface Traits {
  /** Members of a group share the partitions. The embedded log has one member per group. */
  readonly sharesPartitions: boolean
  /** The groups are all its own. */
  readonly deletesGroups: boolean
}

/** What the platform may expect of what it has topics from. */
export function brokerContract(
  name: string,
  open: (topics: readonly string[]) => Promise<OpenedBroker>,
  { sharesPartitions, deletesGroups }: Traits,
): void {
  describe(`Broker contract: ${name}`, () => {
    let opened: OpenedBroker
    let broker: Broker
    let topic: string
    let group: string
    let subscriptions: Subscription[]
    beforeEach(async () => {
      topic = `topic-${randomUUID()}`
      group = `group-${randomUUID()}`
      opened = await open([topic])
      broker = opened.broker
      subscriptions = []
    }, 30_000)
    afterEach(async () => {
      for (const subscription of subscriptions) await subscription.close()
      await opened.remove()
    }, 30_000)

    const append = (from: number, to: number) =>
      broker.append(
        Array.from({ length: to - from }, (_, index) => ({
          topic,
          key: Buffer.from(`key ${from + index}`),
          headers: { number: `é ${from + index}` },
          value: Buffer.from(`${from + index}`),
        })),
      )
    const numbers = (records: readonly LogRecord[]) =>
      records
        .map(({ value }) => Number(Buffer.from(value ?? []).toString()))
        .toSorted((a, b) => a - b)
    const range = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => from + index)

    /** Reads a group; what `isHeld` names stays in flight until the subscription ends. */
    function subscribe(
      on: Broker,
      initialOffset: 'earliest' | 'latest' = 'earliest',
      isHeld: (record: LogRecord) => boolean = () => false,
    ) {
      const received: LogRecord[] = []
      const subscription = on.subscribe({
        who: 'test',
        facts: () => undefined,
        group,
        topics: [topic],
        initialOffset,
        consume: (partitions, revoked) =>
          consumeOrdered({
            partitions,
            stopping: revoked,
            onBroken: (_, error) => {
              throw error
            },
            async handle(record, { tracker }) {
              tracker.begin(record.offset)
              received.push(record)
              if (isHeld(record)) {
                await new Promise((resolve) => revoked.addEventListener('abort', resolve))
              } else tracker.done(record.offset)
            },
          }),
      })
      subscriptions.push(subscription)
      return { received, subscription }
    }
    const lag = async (subscription: Subscription) => (await subscription.lag())[0]?.records

    it('delivers every record once, with key, headers and value, in the order of its partition', async () => {
      await append(0, 100)
      const { received, subscription } = subscribe(broker)
      await eventually(async () => (await lag(subscription)) === 0, 20_000)
      await append(100, 200)
      await eventually(() => received.length === 200, 20_000)
      expect(numbers(received)).toEqual(range(0, 200))
      for (const { key, headers, value } of received) {
        const number = Buffer.from(value ?? []).toString()
        expect(Buffer.from(key ?? []).toString()).toBe(`key ${number}`)
        expect(headers).toEqual({ number: `é ${number}` })
      }
      for (const partition of range(0, 3)) {
        const offsets = received
          .filter((one) => one.partition === partition)
          .map(({ offset }) => offset)
        expect(offsets).toEqual(range(0, offsets.length))
      }
    }, 60_000)

    it('goes on where the group has stopped', async () => {
      await append(0, 50)
      const first = subscribe(broker)
      await eventually(() => first.received.length === 50, 20_000)
      await first.subscription.close()
      await append(50, 60)
      const second = subscribe(broker)
      await eventually(() => second.received.length === 10, 20_000)
      expect(numbers(second.received)).toEqual(range(50, 60))
    }, 60_000)

    it('delivers again what was in flight, and what stood behind it in its partition', async () => {
      await append(0, 30)
      const first = subscribe(broker, 'earliest', ({ offset }) => offset === 3)
      await eventually(
        () => first.received.filter(({ offset }) => offset === 3).length === 3,
        20_000,
      )
      await first.subscription.close()
      const second = subscribe(broker)
      await eventually(async () => (await lag(second.subscription)) === 0, 20_000)
      expect(
        new Set(second.received.filter(({ offset }) => offset <= 3).map(({ offset }) => offset)),
      ).toEqual(new Set([3]))
      expect(new Set([...numbers(first.received), ...numbers(second.received)]).size).toBe(30)
    }, 60_000)

    it('begins at the newest record when it is told to, and remembers that', async () => {
      await append(0, 20)
      const first = subscribe(broker, 'latest')
      await eventually(async () => (await lag(first.subscription)) === 0, 20_000)
      await first.subscription.close()
      await append(20, 30)
      const second = subscribe(broker, 'latest')
      await eventually(() => second.received.length === 10, 20_000)
      expect([...first.received, ...second.received].length).toBe(10)
      expect(numbers(second.received)).toEqual(range(20, 30))
    }, 60_000)

    it(
      deletesGroups
        ? 'deletes the groups that no source has any more, and no other'
        : 'deletes no group, since others may have made it',
      async () => {
        await append(0, 10)
        const { subscription } = subscribe(broker)
        await eventually(async () => (await lag(subscription)) === 0, 20_000)
        await subscription.close()
        const groups = async () =>
          (await broker.figures())
            .flatMap((figures) => figures.groups)
            .map((figures) => figures.group)
        expect(await broker.retireGroups([group])).toEqual([])
        await eventually(async () => (await groups()).includes(group), 20_000)
        expect(await broker.retireGroups([])).toEqual(deletesGroups ? [group] : [])
        expect((await groups()).includes(group)).toBe(!deletesGroups)
      },
    )

    it('tells what is written and how far groups are', async () => {
      await append(0, 30)
      const { received, subscription } = subscribe(broker)
      await eventually(() => received.length === 30, 20_000)
      await subscription.close()
      await append(30, 40)
      const figures = await eventually(async () => {
        const found = (await broker.figures()).find((one) => one.topic === topic)
        return found?.groups.some(({ lag: records }) => records === 10) === true && found
      }, 10_000)
      expect(figures).toEqual({
        topic,
        partitions: 3,
        records: 40,
        newest: 40,
        groups: [{ group, lag: 10 }],
      })
    }, 60_000)

    it('shows the newest records across partitions, and fewer when they are over the limit', async () => {
      for (const number of range(0, 8)) await append(number * 5, number * 5 + 5)
      expect(numbers(await broker.newest(topic, 1_000, 1e6))).toEqual(range(0, 40))
      expect(await broker.newest(topic, 7, 1e6)).toHaveLength(7)
      expect(await broker.newest(topic, 1_000, 10)).toHaveLength(5)
      expect(await broker.newest(topic, 0, 1e6)).toEqual([])
    }, 60_000)

    it('follows a topic: its newest records, then each new one, until it is told to stop', async () => {
      await append(0, 10)
      const stop = new AbortController()
      const seen: LogRecord[] = []
      const ended = (async () => {
        for await (const record of broker.follow(topic, 4, stop.signal)) seen.push(record)
      })()
      await eventually(() => seen.length === 4, 20_000)
      await append(10, 13)
      await eventually(() => seen.length === 7, 20_000)
      stop.abort()
      await ended
      expect(numbers(seen).slice(-3)).toEqual(range(10, 13))
    }, 60_000)

    it('rejects what is too large for its topic', async () => {
      const value = Buffer.from(Array.from({ length: 400_000 }, () => Math.random() * 256))
      const large = { topic, key: undefined, headers: {}, value }
      await expect(broker.append([large])).rejects.toThrow(/more than topic/)
      await append(0, 1)
    }, 60_000)

    it('refuses a topic that is not declared, with the way out', () => {
      expect(() =>
        broker.subscribe({
          who: 'test',
          facts: () => undefined,
          group,
          topics: ['nowhere'],
          initialOffset: 'earliest',
          consume: () => {
            throw new Error('there is nothing to consume')
          },
        }),
      ).toThrow('topic "nowhere" has no KafkaTopic')
    })

    const whenShared = sharesPartitions ? it : it.skip
    whenShared(
      'shares partitions between members, and gives one what another leaves',
      async () => {
        const other = await opened.another()
        if (other === undefined) throw new Error('there is only one')
        const one = subscribe(broker)
        const two = subscribe(other)
        await eventually(async () => {
          await append(0, 30)
          return one.received.length > 0 && two.received.length > 0
        }, 30_000)
        await eventually(async () => (await lag(one.subscription)) !== undefined, 20_000)
        await two.subscription.close()
        const before = one.received.length
        await append(0, 90)
        await eventually(
          () => new Set(one.received.slice(before).map(({ partition }) => partition)).size === 3,
          20_000,
        )
        await other.close()
      },
      90_000,
    )

    whenShared(
      'keeps its place while a record is in flight for longer than a session',
      async () => {
        await append(0, 1)
        const { received } = subscribe(broker, 'earliest', ({ offset }) => offset === 0)
        await eventually(() => received.length === 1, 20_000)
        const until = performance.now() + 14_000
        await eventually(() => performance.now() > until, 20_000)
        expect(received).toHaveLength(1)
      },
      60_000,
    )
  })
}
