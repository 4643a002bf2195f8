import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { IncomingEvent } from '../../../functions/lib/events.ts'
import { onRows } from '../../../functions/persist/handler.ts'
import { at, event, openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench.close())

const handle = (incoming: IncomingEvent) =>
  onRows({ rows: bench.database.rows, events: bench.events })(incoming)

const parts = {
  features: event('dev.nowcast.features', { timestamp: at(0), a: 1, b: 2 }),
  target: event('dev.nowcast.target', { timestamp: at(0), target: 5 }),
  prediction: event('dev.nowcast.prediction', {
    timestamp: at(0),
    prediction: 4,
    model: 'm',
    version: 0,
    trainedThrough: null,
  }),
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level += 1) value = [value]
  return value
}

describe('persist', () => {
  it.each([
    ['features', 'target', 'prediction'],
    ['features', 'prediction', 'target'],
    ['target', 'features', 'prediction'],
    ['target', 'prediction', 'features'],
    ['prediction', 'features', 'target'],
    ['prediction', 'target', 'features'],
  ] as const)('merges %s, %s and %s into one row, published whole', async (...order) => {
    for (const part of order) await handle(parts[part])
    expect(bench.published('mlrows').at(-1)).toEqual({
      series: 'mltest',
      timestamp: at(0),
      features: { a: 1, b: 2 },
      target: 5,
      predictions: {
        m: {
          prediction: 4,
          version: 0,
          lower: null,
          upper: null,
          level: null,
          trainedThrough: null,
          champion: false,
        },
      },
      cause: order[2],
    })
  })

  it('publishes no row without a target', async () => {
    await handle(parts.features)
    await handle(parts.prediction)
    expect(bench.published('mlrows')).toEqual([])
  })

  it('keeps the first prediction of a model', async () => {
    await handle(parts.target)
    await handle(parts.prediction)
    await handle(
      event('dev.nowcast.prediction', { timestamp: at(0), prediction: 9, model: 'm', version: 1 }),
    )
    expect(bench.published('mlrows').at(-1)?.['predictions']).toMatchObject({
      m: { prediction: 4, version: 0 },
    })
  })

  it('publishes after it has stored: nothing when storing fails', async () => {
    await bench.database.close()
    await expect(handle(parts.target)).rejects.toThrow()
    expect(bench.sink.events).toEqual([])
  })

  it('asks for the event again when publishing fails, and then publishes the same event', async () => {
    bench.sink.answerWith(503)
    await expect(handle(parts.target)).rejects.toMatchObject({ name: 'RetryableError' })
    bench.sink.answerWith(202)
    await handle(parts.target)
    await handle(parts.target)
    const ids = bench.sink.events.map(({ attributes }) => attributes['id'])
    expect(ids).toEqual([ids[0], ids[0]])
  })

  it("reads the seed system's plain records", async () => {
    const plain = (key: string, row: object) =>
      event('dev.knative.kafka.event', Buffer.from(JSON.stringify(row)), {
        extensions: { key, partitionkey: key },
        subject: 'partition:0#1',
      })
    await handle(plain('features', { timestamp: '2026-01-01T00:00:00.000123', feat_0: 1 }))
    await handle(plain('target', { timestamp: '2026-01-01T00:00:00.000123', target: 2 }))
    expect(bench.published('mlrows')).toMatchObject([
      { timestamp: at(0), features: { feat_0: 1 }, target: 2 },
    ])
    expect(bench.sink.events[0]?.attributes['partitionkey']).toBe('mltest')
  })

  it('copies the partition key of its input', async () => {
    await handle({ ...parts.target, extensions: { partitionkey: 'bucket-7' } })
    expect(bench.sink.events[0]?.attributes['partitionkey']).toBe('bucket-7')
  })

  it('stores the good rows of an event and publishes each bad one with its reason', async () => {
    const rows: object[] = Array.from({ length: 1_000 }, (_, second) => ({
      timestamp: at(second),
      target: second,
    }))
    const bad = { timestamp: at(2_000), target: 'high' }
    await handle(
      event('dev.nowcast.target', { rows: [...rows.slice(0, 500), bad, ...rows.slice(500)] }),
    )
    expect(bench.published('mlrows')).toHaveLength(1_000)
    expect(bench.published('mldead')).toEqual([
      {
        row: bad,
        code: 'not-a-number',
        reason: '"target" is a string, not a finite number',
        function: 'persist',
        eventId: 'event-1',
        eventSource: '/test',
        sentIn: { type: 'dev.nowcast.target' },
      },
    ])
  })

  it('says of a plain record that a row refused in it was of the kind its key names', async () => {
    const rows = [{ timestamp: at(0), target: 1 }, { timestamp: at(1) }]
    const plain = event('dev.knative.kafka.event', Buffer.from(JSON.stringify({ rows })), {
      extensions: { key: 'target', partitionkey: 'target' },
      subject: 'partition:0#1',
    })
    await handle(plain)
    expect(bench.published('mldead')).toMatchObject([{ sentIn: { type: 'dev.nowcast.target' } }])
  })

  it.each([
    ['larger than a record once it is written', Array.from({ length: 200_000 }, () => 1e20)],
    ['nested deeper than it can be written', nested(100_000)],
  ])(
    'stores the good rows beside one that is %s, and keeps what it can of that one',
    async (_name, blob) => {
      const bad = { timestamp: 'x', blob }
      await handle(event('dev.nowcast.target', { rows: [{ timestamp: at(0), target: 1 }, bad] }))
      expect(bench.published('mlrows')).toHaveLength(1)
      expect(bench.published('mldead')).toMatchObject([
        {
          row: { timestamp: 'x' },
          code: 'timestamp-unreadable',
          reason: expect.stringContaining('too large to be kept'),
        },
      ])
      expect(bench.published('mldead')[0]).not.toHaveProperty('sentIn')
    },
  )

  it('refuses what would overfill a row, and goes on with the others', async () => {
    const features = (prefix: string): object =>
      Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`${prefix}${index}`, 1]))
    await handle(event('dev.nowcast.features', { timestamp: at(0), ...features('a') }))
    const rows = [
      { timestamp: at(0), ...features('b') },
      { timestamp: at(1), b: 1 },
    ]
    await handle(event('dev.nowcast.features', { rows }))
    expect(bench.published('mldead')).toMatchObject([{ code: 'row-full' }])
    await handle(parts.target)
    expect(bench.published('mlrows')).toMatchObject([{ features: { a599: 1 } }])
    expect(bench.published('mlrows')[0]?.['features']).not.toHaveProperty('b0')
  })

  it.each([
    ['an unknown type', event('com.example.other', { timestamp: at(0) }), 'type-unknown'],
    [
      'no good row',
      event('dev.nowcast.target', { rows: [{ timestamp: at(0) }, 5] }),
      'not-a-number',
    ],
  ])('rejects an event with %s', async (_name, incoming, code) => {
    await expect(handle(incoming)).rejects.toMatchObject({ name: 'RejectedError', code })
    expect(bench.sink.events).toEqual([])
  })

  it('gives at most one event per type and topic for many series', async () => {
    const rows = ['a', 'b', 'c'].map((series) => ({ series, timestamp: at(0), target: 1 }))
    await handle(event('dev.nowcast.target', { rows }, { extensions: { partitionkey: 'p' } }))
    expect(bench.sink.events).toHaveLength(1)
    expect(bench.published('mlrows').map(({ series }) => series)).toEqual(['a', 'b', 'c'])
  })
})
