import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { IncomingEvent } from '../../../functions/lib/events.ts'
import { onFeatures } from '../../../functions/predict/handler.ts'
import { startServing } from '../../../functions/predict/serving.ts'
import { batchModel } from '../../support/declared.ts'
import { at, event, openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'

const declared = batchModel({ name: 'm' })

let bench: Workbench
let facts: string[]
let handle: (incoming: IncomingEvent) => Promise<void>
beforeEach(async () => {
  bench = await openWorkbench()
  facts = []
  const log = (_level: unknown, fact: string): void => void facts.push(fact)
  const { models } = bench.database
  const serving = startServing(models, log)
  handle = onFeatures({ declared: [declared], serving, events: bench.events, log })
})
afterEach(() => bench.close())

/** A version that predicts its own coefficient times a. */
async function register(coefficient: number, trainedThrough: string, body?: string): Promise<void> {
  const model = {
    algorithm: 'ridgecv',
    features: ['a'],
    coefficients: [coefficient],
    intercept: 0,
    alpha: 0.1,
    looError: 0,
    r2: 1,
    rows: 10,
    window: { from: at(0), through: trainedThrough },
  }
  await bench.database.models.register({
    name: 'm',
    trigger: `t${coefficient}`,
    description: '',
    score: 1,
    trainedThrough,
    body: body ?? JSON.stringify(model),
  })
}

const features = (...seconds: number[]): IncomingEvent =>
  event('dev.nowcast.features', {
    rows: seconds.map((second) => ({ timestamp: at(second), a: 1 })),
  })

describe('predict', () => {
  it('acknowledges and counts rows for which there is no model yet', async () => {
    await handle(features(1, 2))
    expect(bench.sink.events).toEqual([])
    expect(facts).toEqual(['not predicted: no version yet'])
  })

  it('uses, for each row, the newest version that had not learnt it', async () => {
    await register(10, at(10))
    await register(20, at(20))
    await handle(features(5, 10, 11, 20, 21))
    expect(bench.published('mltest')).toEqual(
      [
        { second: 11, prediction: 10, version: 0, trained: 10 },
        { second: 20, prediction: 10, version: 0, trained: 10 },
        { second: 21, prediction: 20, version: 1, trained: 20 },
      ].map(({ second, prediction, version, trained }) => ({
        timestamp: at(second),
        model: 'm',
        prediction,
        version,
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
  })

  it('serves a version as soon as it is registered', async () => {
    await register(10, at(10))
    await handle(features(11))
    await register(20, at(11))
    await handle(features(12))
    expect(bench.published('mltest').map(({ version }) => version)).toEqual([0, 1])
  })

  it('gives no prediction for a row that lacks a feature', async () => {
    await register(10, at(0))
    await handle(event('dev.nowcast.features', { timestamp: at(5), b: 1 }))
    expect(bench.sink.events).toEqual([])
    expect(facts).toEqual(['not predicted: no version fits the row'])
  })

  it('passes over a version that cannot be used, and says so', async () => {
    await register(10, at(10))
    await register(20, at(20), '{"algorithm": "pickle"}')
    await handle(features(30))
    expect(bench.published('mltest')).toMatchObject([{ version: 0, prediction: 10 }])
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
    await register(10, at(0))
    await handle(incoming)
    expect(bench.sink.events).toEqual([])
  })
})
