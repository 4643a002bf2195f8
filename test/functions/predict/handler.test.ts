import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { IncomingEvent } from '../../../functions/lib/events.ts'
import { liveModelId } from '../../../functions/lib/models/live-model.ts'
import { evaluationId } from '../../../functions/lib/models/serving-pointers.ts'
import type { DeclaredModel } from '../../../functions/lib/ports/declared-models.ts'
import { onFeatures } from '../../../functions/predict/handler.ts'
import { startServing } from '../../../functions/predict/serving.ts'
import { batchModel, onlineModel } from '../../support/declared.ts'
import { at, event, openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'
import { put, putLive, putPointers, register } from './stored-models.ts'

let bench: Workbench
let facts: string[]
let handle: (incoming: IncomingEvent) => Promise<void>

function declare(...declared: DeclaredModel[]): void {
  const log = (_level: unknown, fact: string): void => void facts.push(fact)
  const serving = startServing(bench.database, log)
  handle = onFeatures({ declared, serving, events: bench.events, log })
}

beforeEach(async () => {
  bench = await openWorkbench()
  facts = []
})
afterEach(() => bench.close())

const features = (...seconds: number[]): IncomingEvent =>
  event('dev.nowcast.features', {
    rows: seconds.map((second) => ({ timestamp: at(second), a: 1 })),
  })

const published = (): Record<string, unknown>[] => bench.published('mltest')

describe('predict, of a batch model', () => {
  beforeEach(() => declare(batchModel({ name: 'm' })))

  /** A version that predicts its own slope times a. */
  const version = (slope: number, through: number, body?: string): Promise<void> =>
    register(bench.database, {
      slopes: { a: slope },
      trainedThrough: at(through),
      ...(body === undefined ? {} : { body }),
    })

  it('acknowledges and counts rows for which there is no model yet', async () => {
    await handle(features(1, 2))
    expect(bench.sink.events).toEqual([])
    expect(facts).toEqual(['not predicted: no version yet'])
  })

  it('uses, for each row, the newest version that had not learnt it', async () => {
    await version(10, 10)
    await version(20, 20)
    await handle(features(5, 10, 11, 20, 21))
    expect(published()).toEqual(
      [
        { second: 11, prediction: 10, version: 0, trained: 10 },
        { second: 20, prediction: 10, version: 0, trained: 10 },
        { second: 21, prediction: 20, version: 1, trained: 20 },
      ].map(({ second, prediction, version: number, trained }) => ({
        timestamp: at(second),
        model: 'm',
        prediction,
        version: number,
        lower: null,
        upper: null,
        level: null,
        trainedThrough: at(trained),
        champion: true,
      })),
    )
    expect(bench.sink.events[0]?.attributes).toMatchObject({
      type: 'dev.nowcast.prediction',
      subject: 'mltest',
    })
    expect(facts).toEqual(['not predicted: no version fits the row'])
  })

  it('serves a version as soon as it is registered', async () => {
    await version(10, 10)
    await handle(features(11))
    await version(20, 11)
    await handle(features(12))
    expect(published().map((row) => row['version'])).toEqual([0, 1])
  })

  it('serves none that was refused, and none after the one that is pinned', async () => {
    await version(10, 10)
    await version(20, 20)
    await version(30, 30)
    await putPointers(bench.database, { refused: { m: [2] } })
    await handle(features(31))
    await putPointers(bench.database, { pinned: { m: 0 } })
    await handle(features(32))
    await putPointers(bench.database, { pinned: { m: 2 }, refused: { m: [1] } })
    await handle(features(30))
    expect(published().map((row) => row['version'])).toEqual([1, 0, 0])
  })

  it.each([
    ['lacks a feature', { timestamp: at(5), b: 1 }, 'not predicted: a feature is missing'],
    ['overflows', { timestamp: at(5), a: 1e308 }, 'not predicted: the numbers are too large'],
  ])('gives no prediction for a row that %s', async (_name, row, fact) => {
    await version(10, 0)
    await handle(event('dev.nowcast.features', row))
    expect(bench.sink.events).toEqual([])
    expect(facts).toEqual([fact])
  })

  it('passes over a version that cannot be used, and says so once', async () => {
    await version(10, 10)
    await version(20, 20, '{"algorithm": "pickle"}')
    await handle(features(30))
    await handle(features(31))
    expect(published()).toMatchObject([
      { version: 0, prediction: 10 },
      { version: 0, prediction: 10 },
    ])
    expect(facts).toEqual(['version not served'])
  })

  it.each([
    event('dev.nowcast.target', { timestamp: at(5), target: 1 }),
    event('dev.nowcast.prediction', { timestamp: at(5), prediction: 1, model: 'm', version: 0 }),
    event('com.example.other', 5),
    event('dev.nowcast.features', { timestamp: 'x', a: 1 }),
    event('dev.nowcast.features', 'no rows'),
    event('dev.nowcast.features', { timestamp: at(5), a: 1 }, { subject: 'another series' }),
  ])('passes by what it cannot or need not predict', async (incoming) => {
    await version(10, 0)
    await handle(incoming)
    expect(bench.sink.events).toEqual([])
  })
})

describe('predict, of an online model', () => {
  beforeEach(() => declare(onlineModel({ name: 'm' })))

  it('says 0 from the first row on, before anything is learnt', async () => {
    await handle(features(1))
    await putLive(bench.database, {})
    await handle(features(2))
    const untrained = { prediction: 0, version: 0, trainedThrough: null }
    expect(published()).toMatchObject([
      { ...untrained, stateRevision: 0 },
      { ...untrained, stateRevision: 1 },
    ])
    expect(facts).toEqual([])
  })

  it('predicts by the live state as it is at each event', async () => {
    await putLive(bench.database, { slopes: { a: 5 }, learntThrough: at(8), version: 3 })
    await handle(features(9))
    await putLive(bench.database, { slopes: { a: 6 }, learntThrough: at(9), version: 3 })
    await handle(features(10))
    expect(published()).toMatchObject([
      { prediction: 5, version: 3, stateRevision: 1, trainedThrough: at(8), champion: true },
      { prediction: 6, version: 3, stateRevision: 2, trainedThrough: at(9), champion: true },
    ])
  })

  it('predicts a row that the live state has learnt by the newest version that had not, or not at all', async () => {
    await register(bench.database, { slopes: { a: 1 }, trainedThrough: at(10) })
    await register(bench.database, { slopes: { a: 2 }, trainedThrough: at(20) })
    await putLive(bench.database, { slopes: { a: 5 }, learntThrough: at(25), version: 1 })
    await handle(features(10, 11, 20, 21, 25, 26))
    expect(published()).toEqual([
      expect.objectContaining({ timestamp: at(11), prediction: 1, version: 0 }),
      expect.objectContaining({ timestamp: at(20), prediction: 1, version: 0 }),
      expect.objectContaining({ timestamp: at(21), prediction: 2, version: 1 }),
      expect.objectContaining({ timestamp: at(25), prediction: 2, trainedThrough: at(20) }),
      expect.objectContaining({ timestamp: at(26), prediction: 5, stateRevision: 1 }),
    ])
    expect(published().filter((row) => 'stateRevision' in row)).toHaveLength(1)
    expect(facts).toEqual(['not predicted: no version fits the row'])
  })

  it('predicts by the version that is pinned, whatever is learnt meanwhile', async () => {
    await register(bench.database, { slopes: { a: 1 }, trainedThrough: at(10) })
    await putLive(bench.database, { slopes: { a: 5 }, learntThrough: at(20), version: 0 })
    await putPointers(bench.database, { pinned: { m: 0 } })
    await handle(features(21))
    expect(published()).toMatchObject([{ prediction: 1, trainedThrough: at(10) }])
  })

  it.each([
    ['refuse', [], ['not predicted: a feature is missing']],
    ['zero', [{ prediction: 5 }], []],
  ] as const)('of a missing feature does as is declared: %s', async (missing, rows, expected) => {
    declare(onlineModel({ name: 'm', missing }))
    await putLive(bench.database, { slopes: { a: 5, b: 7 }, learntThrough: at(0) })
    await handle(features(1))
    expect(published()).toMatchObject(rows)
    expect(facts).toEqual(expected)
  })

  it('of a damaged state says so once, and goes on with versions', async () => {
    await register(bench.database, { slopes: { a: 1 }, trainedThrough: at(10) })
    await put(bench.database, liveModelId('m'), { learner: 'x' })
    await handle(features(11))
    await handle(features(12))
    expect(published()).toMatchObject([{ prediction: 1 }, { prediction: 1 }])
    expect(facts).toEqual(['state not read'])
    await putLive(bench.database, { slopes: { a: 5 }, learntThrough: at(12) })
    await handle(features(13))
    expect(published().at(-1)).toMatchObject({ prediction: 5 })
  })
})

describe('predict, of several models', () => {
  beforeEach(async () => {
    declare(
      batchModel({ name: 'first' }),
      onlineModel({ name: 'second' }),
      batchModel({ name: 'elsewhere', series: 'other' }),
    )
    await register(bench.database, { name: 'first', slopes: { a: 1 } })
    await putLive(bench.database, { name: 'second', slopes: { a: 2 }, learntThrough: at(0) })
    await register(bench.database, { name: 'elsewhere', slopes: { a: 3 } })
  })

  const champions = (): unknown[] =>
    published()
      .filter((row) => row['champion'] === true)
      .map((row) => row['model'])

  it('publishes every one of the series in one event, champion and shadows', async () => {
    await handle(
      event('dev.nowcast.features', {
        rows: [
          { timestamp: at(1), a: 1 },
          { timestamp: at(1), a: 1, series: 'other' },
          { timestamp: at(1), a: 1, series: 'undeclared' },
        ],
      }),
    )
    expect(bench.sink.events).toHaveLength(1)
    expect(published()).toMatchObject([
      { series: 'mltest', model: 'first', prediction: 1, champion: true },
      { series: 'mltest', model: 'second', prediction: 2, champion: false },
      { series: 'other', model: 'elsewhere', prediction: 3, champion: true },
    ])
  })

  it('reads pointers, live states and lists of versions once an event', async () => {
    const read: string[] = []
    const serving = startServing(
      {
        models: {
          ...bench.database.models,
          list: (options) => {
            read.push(`versions of ${options.name}`)
            return bench.database.models.list(options)
          },
        },
        states: {
          ...bench.database.states,
          get: (id) => {
            read.push(id)
            return bench.database.states.get(id)
          },
        },
      },
      () => undefined,
    )
    const declared = [batchModel({ name: 'first' }), onlineModel({ name: 'second' })]
    const log = (): void => undefined
    await onFeatures({ declared, serving, events: bench.events, log })(features(0, 1, 2))
    expect(read.toSorted()).toEqual([
      evaluationId('mltest'),
      liveModelId('second'),
      'versions of first',
      'versions of second',
    ])
  })

  it.each([
    ['the one that was chosen', 'second', 'second'],
    ['the first declared while none was', null, 'first'],
    ['the first declared when the chosen one is declared no more', 'gone', 'first'],
    ['the first declared when the chosen one is of another series', 'elsewhere', 'first'],
  ])('has as champion %s', async (_name, champion, expected) => {
    await putPointers(bench.database, { champion })
    await handle(features(1))
    expect(champions()).toEqual([expected])
  })

  it('gives intervals where one is measured, from rows before the one it predicts', async () => {
    const margins = { first: 0.5, second: 0, elsewhere: 9 }
    await putPointers(bench.database, { margins, through: at(5), level: 0.9 })
    await handle(features(5, 6))
    expect(published()).toMatchObject([
      { model: 'first', timestamp: at(5), lower: null, upper: null, level: null },
      { model: 'first', timestamp: at(6), lower: 0.5, upper: 1.5, level: 0.9 },
      { model: 'second', timestamp: at(5), lower: null, upper: null, level: null },
      { model: 'second', timestamp: at(6), lower: 2, upper: 2, level: 0.9 },
    ])
  })

  it.each([
    ['before anything is measured', { margins: { first: 0.5 }, through: null }],
    ['of a model without a margin', { margins: { second: 0.5 }, through: at(0) }],
    ['with a bound beyond all numbers', { margins: { first: 1.7e308 }, through: at(0) }],
  ])('gives no interval %s', async (_name, pointers) => {
    await register(bench.database, { name: 'first', slopes: { a: 1e308 }, trainedThrough: at(0) })
    await putPointers(bench.database, pointers)
    await handle(features(1))
    expect(published()[0]).toMatchObject({ model: 'first', lower: null, upper: null, level: null })
  })

  it('of a damaged evaluation says so once, and goes on as if nothing had been decided', async () => {
    await put(bench.database, evaluationId('mltest'), { serving: { champion: 5 } })
    await handle(features(1))
    await handle(features(2))
    expect(champions()).toEqual(['first', 'first'])
    expect(published()).toHaveLength(4)
    expect(facts).toEqual(['state not read'])
  })
})
