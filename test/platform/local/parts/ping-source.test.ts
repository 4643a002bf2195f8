import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { startClock } from '../../../../platform/local/clock.ts'
import type { Clock } from '../../../../platform/local/clock.ts'
import type { Level } from '../../../../platform/local/facts.ts'
import { httpAddressable } from '../../../../platform/local/http/addressable.ts'
import type { PingSourceManifest } from '../../../../platform/local/manifests/inventory.ts'
import { startPingSource } from '../../../../platform/local/parts/ping-source.ts'
import type {
  PingSourceNeeds,
  RunningPingSource,
} from '../../../../platform/local/parts/ping-source.ts'
import { eventually } from '../../../support/eventually.ts'
import { startReceiver } from '../../../support/receiver.ts'
import type { Received, Receiver } from '../../../support/receiver.ts'

const EVERY_SECOND = '* * * * * *'
/** Later than the wall's clock, so that the virtual time of a test is known. */
const START = Date.UTC(2100, 0, 1, 0, 0, 0, 1)

describe('a PingSource', () => {
  let sink: Receiver
  let facts: { level: Level; fact: string }[]
  let running: RunningPingSource[]
  let addressables: { close(): void }[]

  beforeEach(async () => {
    sink = await startReceiver()
    facts = []
    running = []
    addressables = []
  })
  afterEach(async () => {
    await Promise.all(running.map((source) => source.close()))
    for (const addressable of addressables) addressable.close()
    await sink.close()
  })

  function start(
    more: Partial<PingSourceManifest> = {},
    clock: Clock | number = 100,
    beforeTick?: PingSourceNeeds['beforeTick'],
  ): RunningPingSource {
    const manifest: PingSourceManifest = {
      kind: 'PingSource',
      namespace: 'nowcast',
      name: 'tick',
      file: 'eventing/simulate.yaml',
      line: 7,
      schedule: EVERY_SECOND,
      timezone: undefined,
      contentType: 'application/json',
      data: new TextEncoder().encode('{"do":"simulate"}'),
      sink: { ref: undefined, uri: sink.url },
      extensions: {},
      ...more,
    }
    const source = startPingSource(manifest, {
      order: 0,
      clock: typeof clock === 'number' ? startClock({ speed: clock, notBefore: START }) : clock,
      facts: (level, who, fact) => facts.push({ level, fact: `${who}: ${fact}` }),
      resolve({ uri }) {
        const addressable = httpAddressable(uri ?? sink.url)
        addressables.push(addressable)
        return addressable
      },
      ...(beforeTick && { beforeTick }),
    })
    running.push(source)
    return source
  }

  const timeOf = ({ headers }: Received) => Date.parse(String(headers['ce-time']))
  /** When the source will send its first tick; asked right after its start. */
  const firstTick = (source: RunningPingSource) => source.status().next ?? Number.NaN
  const said = (level: Level) => facts.filter((one) => one.level === level).map(({ fact }) => fact)

  it('sends an event a tick', async () => {
    const first = firstTick(start({ extensions: { origin: 'laptop' } }))

    const request = await eventually(() => sink.requests.find((one) => timeOf(one) === first))
    expect(request).toMatchObject({ method: 'POST', path: '/' })
    expect(request.headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-type': 'dev.knative.sources.ping',
      'ce-source': '/apis/v1/namespaces/nowcast/pingsources/tick',
      'ce-id': expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/),
      'ce-time': new Date(first).toISOString().replace('.000Z', 'Z'),
      'ce-origin': 'laptop',
      'content-type': 'application/json',
      'kn-namespace': 'nowcast',
    })
    expect(request.headers['prefer']).toBeUndefined()
    expect(request.body.toString()).toBe('{"do":"simulate"}')
  })

  it('sends no content type with data that has none, nor without data', async () => {
    start({ contentType: undefined })
    const request = await eventually(() => sink.requests[0])
    expect(request.headers['content-type']).toBeUndefined()

    start({ data: undefined })
    const empty = await eventually(() => sink.requests.find(({ body }) => body.length === 0))
    expect(empty.headers['content-type']).toBeUndefined()
  })

  it.each([20, 200])('sends every tick at speed %i, with its own instant', async (speed) => {
    const first = firstTick(start({}, speed))

    const ticks = Array.from({ length: 40 }, (_, index) => first + index * 1_000)
    // Up to fifty are under way at once, so a later one may arrive first.
    await eventually(() => {
      const times = new Set(sink.requests.map(timeOf))
      return ticks.every((tick) => times.has(tick))
    })
    expect(new Set(sink.requests.map(({ headers }) => headers['ce-id'])).size).toBe(
      sink.requests.length,
    )
  })

  it('says when it fires next', async () => {
    const source = start({ schedule: '0 9 * * *', timezone: 'Europe/Berlin' })
    expect(source.status()).toEqual({
      kind: 'PingSource',
      name: 'tick',
      namespace: 'nowcast',
      delivered: 0,
      retried: 0,
      deadLettered: 0,
      dropped: 0,
      next: Date.UTC(2100, 0, 1, 8),
    })
  })

  it('tells of each tick before it is sent', async () => {
    const told: number[] = []
    sink.replyWith((request) => ({ status: told.includes(timeOf(request)) ? 204 : 400 }))
    const source = start({}, 100, (time) => told.push(time))
    const first = firstTick(source)

    await eventually(() => source.status().delivered >= 5)
    expect(source.status().dropped).toBe(0)
    expect(told.slice(0, 2)).toEqual([first, first + 1_000])
  })

  it('sends a tick although its time could not be saved', async () => {
    const source = start({}, 100, () => {
      throw new Error('the disk is full')
    })
    await eventually(() => source.status().delivered >= 1)
    expect(said('warn')[0]).toContain('the disk is full')
  })

  it('tries a tick again five times, then drops it, and says so once', async () => {
    sink.replyWith(() => ({ status: 503, body: 'away' }))
    const source = start({}, 500)
    const tick = firstTick(source)
    const attempts = () => sink.requests.filter((request) => timeOf(request) === tick)

    await eventually(() => attempts().length === 6)
    await eventually(() => source.status().dropped >= 10)
    expect(new Set(attempts().map(({ headers }) => headers['ce-id'])).size).toBe(1)
    expect(attempts()).toHaveLength(6)
    expect(said('warn')).toEqual(['PingSource tick: dropped a tick: it answered 503 (away)'])

    sink.replyWith(() => ({ status: 204 }))
    await eventually(() => said('info')[0] === 'PingSource tick: delivers again')
  })

  // The Go SDK's list, v2/protocol/http/protocol.go: not the KafkaSource's.
  it.each([
    [404, true],
    [413, true],
    [425, true],
    [429, true],
    [502, true],
    [503, true],
    [504, true],
    [500, false],
    [400, false],
    [422, false],
    [302, false],
  ])('after %i: tries again %p', async (status, again) => {
    sink.replyWith(() => ({ status }))
    const source = start()
    await eventually(() => (again ? source.status().retried >= 1 : source.status().dropped >= 1))
    expect(source.status().retried > 0).toBe(again)
  })

  it('does not let a slow delivery hold up the next ticks, up to fifty', async () => {
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    sink.replyWith(async () => {
      await released
      return { status: 204 }
    })
    const source = start({}, 200)

    await eventually(() => sink.inFlight() === 50)
    expect(sink.mostInFlight()).toBe(50)
    release()
    await eventually(() => source.status().delivered >= 70)
    expect(source.status().dropped).toBe(0)
  })

  it('drops the ticks it is more than ten seconds late with, and says so once', async () => {
    const clock = startClock({ speed: 1, notBefore: START })
    let slept = 0
    const source = start({}, { ...clock, now: () => clock.now() + slept })
    const first = firstTick(source)

    // The machine sleeps for a minute.
    slept = 60_000
    await eventually(() => source.status().delivered >= 9)
    const sent = sink.requests.map(timeOf).toSorted((one, other) => one - other)
    expect(sent[0]).toBeGreaterThanOrEqual(first + 48_000)
    expect(source.status().dropped).toBe(((sent[0] ?? 0) - first) / 1_000)
    expect(said('warn')).toEqual([
      expect.stringMatching(
        /dropped the tick of 2100.*slower than the schedule; use a lower --speed/,
      ),
    ])
  })

  it('does not send the ticks of the time before it started', async () => {
    const clock = startClock({ speed: 100, notBefore: START })
    const began = clock.now()
    start({}, clock)
    await eventually(() => sink.requests.length >= 3)
    expect(Math.min(...sink.requests.map(timeOf))).toBeGreaterThan(began)
  })

  it('stops at once while it waits for a tick or for the next attempt', async () => {
    sink.replyWith(() => ({ status: 503 }))
    const waiting = start({ schedule: '@yearly' })
    const retrying = start({}, 1)
    await eventually(() => retrying.status().retried >= 1)

    const began = performance.now()
    await Promise.all([waiting.close(), retrying.close()])
    expect(performance.now() - began).toBeLessThan(300)
  })

  it('cuts a request that does not finish, within a second', async () => {
    sink.replyWith(() => 'nothing')
    const source = start()
    await eventually(() => sink.inFlight() >= 1)

    const began = performance.now()
    await source.close()
    expect(performance.now() - began).toBeLessThan(1_000)
    expect(said('warn')).toEqual([])
  })

  it('refuses a schedule that it does not understand, and says where it stands', () => {
    expect(() => start({ schedule: '@every 1s' })).toThrow(
      'eventing/simulate.yaml:7: PingSource tick: schedule "@every 1s" is @every 1s; write one of @yearly',
    )
  })

  it('says that a schedule never fires', () => {
    expect(start({ schedule: '0 0 30 2 *' }).status().next).toBeUndefined()
    expect(said('warn')).toEqual(['PingSource tick: schedule "0 0 30 2 *" never fires'])
  })
})
