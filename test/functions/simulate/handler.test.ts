import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { onTick } from '../../../functions/simulate/handler.ts'
import { openWorkbench, event } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench.close())

const handle = (...args: Parameters<typeof event>) =>
  onTick({ events: bench.events, log: () => {} })(event(...args))
const PING = 'dev.knative.sources.ping'

describe('a tick', () => {
  it('gives features and target of its second, of one timestamp', async () => {
    await handle(PING, { seed: 1 }, { time: '2026-01-01T00:00:07.431Z' })
    expect(
      bench.sink.events.map(({ topic, attributes }) => [
        topic,
        attributes['type'],
        attributes['subject'],
      ]),
    ).toEqual([
      ['mltest', 'dev.nowcast.features', 'mltest'],
      ['mltest', 'dev.nowcast.target', 'mltest'],
    ])
    const [features, target] = bench.published('mltest')
    expect(Object.keys(features ?? {})).toEqual([
      'timestamp',
      ...Array.from({ length: 10 }, (_, i) => `feat_${i}`),
    ])
    expect(Object.keys(target ?? {})).toEqual(['timestamp', 'target'])
    expect([features?.['timestamp'], target?.['timestamp']]).toEqual(
      Array(2).fill('2026-01-01T00:00:07.000Z'),
    )
  })

  it('repeated, repeats the events with the same ids', async () => {
    await handle(PING, { seed: 1 }, { time: '2026-01-01T00:00:07.431Z' })
    await handle(PING, { seed: 1 }, { id: 'another', time: '2026-01-01T00:00:07.002Z' })
    const [one, two, ...again] = bench.sink.events
    expect(again).toEqual([one, two])
  })

  it('asking for many samples gives them at once, in batches of a thousand', async () => {
    await handle('test.ask', { count: 2_500, from: '2026-01-01T00:00:00Z', series: 's' })
    const sizes = bench.sink.events.map(({ attributes, rows }) => [attributes['type'], rows.length])
    expect(sizes).toEqual([
      ...[1_000, 1_000, 500].map((rows) => ['dev.nowcast.features', rows]),
      ...[1_000, 1_000, 500].map((rows) => ['dev.nowcast.target', rows]),
    ])
    expect(bench.published('mltest')[2_499]?.['timestamp']).toBe('2026-01-01T00:41:39.000Z')
  })

  it.each([
    ['no time', {}, undefined, 'timestamp-missing'],
    ['an unreadable from', { from: 'x' }, undefined, 'timestamp-missing'],
    ['too many samples', { count: 100_001 }, '2026-01-01', 'not-a-number'],
    ['no sample', { count: 0 }, '2026-01-01', 'not-a-number'],
    ['a typo', { cuont: 5 }, '2026-01-01', 'name-unknown'],
    ['a list', [], '2026-01-01', 'not-an-object'],
  ])('with %s is rejected', async (_name, data, time, code) => {
    await expect(handle(PING, data, { time })).rejects.toMatchObject({
      name: 'RejectedError',
      code,
    })
    expect(bench.sink.events).toEqual([])
  })
})
