import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { StoredRow } from '../../../functions/lib/events.ts'
import { parseModel, predictModel } from '../../../functions/lib/models/model-body.ts'
import type { Backend } from '../../../functions/lib/networks/tensorflow.ts'
import type { Log } from '../../../functions/lib/ports/log.ts'
import { simulate } from '../../../functions/simulate/simulate.ts'
import { startMlp } from '../../../functions/train/mlp.ts'
import type { TrainedMlp } from '../../../functions/train/mlp.ts'
import { at, openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'

let facts: string[]
const log: Log = (_level, fact) => void facts.push(fact)
beforeEach(() => {
  facts = []
})

const window = (from: number, to: number): StoredRow[] =>
  Array.from({ length: to - from }, (_, index) => {
    const { features, target } = simulate(1, from + index)
    return { series: 'mltest', timestamp: at(from + index), features, target, predictions: {} }
  })

function modelOf(trained: TrainedMlp): Extract<TrainedMlp, { kind: 'trained' }>['model'] {
  if (trained.kind !== 'trained') throw new Error(`no model: ${trained.kind}`)
  return trained.model
}

describe('a network of a window', () => {
  let bench: Workbench
  beforeEach(async () => {
    bench = await openWorkbench()
  })
  afterEach(() => bench.close())

  it('says of the seed stream as much as a line does, from the registry as before it', async () => {
    const model = modelOf(await startMlp(log, ['wasm'])(window(0, 300), 12))
    expect(model).toMatchObject({ rows: 300, window: { from: at(0), through: at(299) } })
    const { version } = await bench.database.models.register({
      name: 'mlp',
      trigger: 'tick:2026-01-01T00:05:00.000Z',
      description: 'mlp',
      score: model.r2,
      trainedThrough: model.window.through,
      body: JSON.stringify(model),
    })
    const kept = parseModel((await bench.database.models.load('mlp', version)) ?? '')
    expect(kept).toEqual(model)

    const squares = window(300, 600).map(({ features, target = 0 }) => {
      const outcome = predictModel(kept, features, 'refuse')
      expect(outcome).toEqual(predictModel(model, features, 'refuse'))
      return outcome.kind === 'predicted' ? (outcome.prediction - target) ** 2 : Infinity
    })
    const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length
    expect(mean).toBeLessThan(0.0145)
  })
})

describe('training a network', () => {
  it('gives the same for the same window, and loads its library once', async () => {
    const trainMlp = startMlp(log, ['wasm'])
    const first = await trainMlp(window(0, 60), 12)
    expect(await trainMlp(window(0, 60), 12)).toEqual(first)
    expect(await startMlp(log, ['wasm'])(window(0, 60), 12)).toEqual(first)
    expect(facts).toEqual([
      'networks are fitted on the wasm backend',
      'networks are fitted on the wasm backend',
    ])
  })

  it('loads its library anew when that has failed before', async () => {
    const backends: Backend[] = []
    const trainMlp = startMlp(log, backends)
    await expect(trainMlp(window(0, 60), 12)).rejects.toThrow('no backend')
    backends.push('wasm')
    expect(await trainMlp(window(0, 60), 12)).toMatchObject({ kind: 'trained' })
  })

  it('needs no library to say that there are too few rows, or too many numbers', async () => {
    const trainMlp = startMlp(log, [])
    expect(await trainMlp(window(0, 11), 2)).toMatchObject({ kind: 'too-few', rows: 11 })
    expect(await trainMlp(window(0, 1), 2)).toMatchObject({ kind: 'too-few', rows: 1 })
    expect(await trainMlp([], 2)).toMatchObject({ kind: 'too-few', rows: 0 })
    const features = Object.fromEntries(Array.from({ length: 1_000 }, (_, j) => [`feat_${j}`, j]))
    const wide = window(0, 1_100).map((row) => ({ ...row, features }))
    expect(await trainMlp(wide, 2)).toEqual({ kind: 'too-much', rows: 1_100, features: 1_000 })
    expect(facts).toEqual([])
  })

  it('makes no version of numbers that no fit survives', async () => {
    const rows = window(0, 60).map((row, i) => (i === 30 ? { ...row, target: 1e300 } : row))
    expect(await startMlp(log, ['cpu'])(rows, 12)).toEqual({ kind: 'not-finite' })
  })
})
