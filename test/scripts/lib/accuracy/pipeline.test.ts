import { describe, expect, it } from '@jest/globals'

import { coverageOf } from '../../../../scripts/lib/accuracy/coverage.ts'
import { runPipeline } from '../../../../scripts/lib/accuracy/pipeline.ts'
import { driftFigures, seedFigures } from '../../../../scripts/lib/accuracy/seed-figures.ts'
import { seedStream } from '../../../../scripts/lib/accuracy/seed-stream.ts'
import { learnGramRidge, newGramRidge } from '../../../../functions/lib/models/gram-ridge.ts'
import { batchModel, onlineModel } from '../../../support/declared.ts'

const JUMP = { threshold: 8, confirm: 1 }
const online = onlineModel({ algorithm: 'gram-ridge', jump: JUMP })
const ridgecv = batchModel({ window: { kind: 'duration', milliseconds: 300_000 }, minimumRows: 12 })

describe('runPipeline', () => {
  const stream = seedStream(2)
  const run = runPipeline([ridgecv, online], stream)

  it('lets an online model err on each row as the learning core does, to the last bit', () => {
    const [first] = stream
    const begin = newGramRidge(Object.keys(first?.features ?? {}), { jump: JUMP })
    const { outcomes } = learnGramRidge(begin, stream)
    expect(run.of('online').errors).toEqual(
      outcomes.map((outcome) => ('error' in outcome ? outcome.error : Number.NaN)),
    )
  })

  it('gives a batch model its first version on the first tick, and another soon after a drift', () => {
    const { errors, drifts } = run.of('ridgecv')
    expect(errors.findIndex((error) => !Number.isNaN(error))).toBe(60)
    const [drift = Infinity] = drifts
    expect(drift - 600).toBeLessThan(60)
    expect(Math.abs(errors[605] ?? 0)).toBeGreaterThan(10)
    // The window of the ticks alone would hold rows of before for five minutes.
    expect(Math.max(...errors.slice(780).map(Math.abs))).toBeLessThan(5)
  })

  it('lets evaluate make the better model champion', () => {
    expect(run.of('champion').errors.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => NaN))
    expect(run.of('champion').errors.slice(600)).toEqual(run.of('online').errors.slice(600))
  })

  it('gives intervals once there are errors enough, of which nine in ten hold', () => {
    const held = run.of('online').held
    expect(held.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => undefined))
    const known = held.filter((one) => one !== undefined)
    expect(known.length).toBeGreaterThan(1_100)
    expect(coverageOf(known)?.overall).toBeCloseTo(0.9, 1)
  })

  it('knows no model that was not declared', () => {
    expect(() => run.of('other')).toThrow(RangeError)
  })
})

describe('figures on the seed stream', () => {
  const regime = (of: (row: number) => number): number[] =>
    Array.from({ length: 600 }, (_, row) => of(row))

  it('are of the regimes after a redraw', () => {
    const errors = [...regime(() => 99), ...regime((row) => (row < 40 ? 10 : 0.2))]
    expect(seedFigures(errors)).toEqual({
      overall: expect.closeTo((40 * 100 + 560 * 0.04) / 600, 9),
      settled: expect.closeTo(0.04, 9),
      recovery: { median: 60, worst: 60 },
    })
  })

  it('are no number where an error is none', () => {
    const errors = [...regime(() => 1), ...regime((row) => (row === 400 ? Number.NaN : 0.1))]
    expect(seedFigures(errors)).toMatchObject({ overall: Number.NaN, settled: Number.NaN })
  })

  it('tell drifts after redraws from others', () => {
    expect(driftFigures([605, 1_230, 1_700], 1_800)).toEqual({ slowest: 30, elsewhere: 1 })
    expect(driftFigures([10, 605], 1_800)).toEqual({ slowest: Infinity, elsewhere: 1 })
  })
})

describe('coverageOf', () => {
  it('finds the worst 500 in succession, and says nothing of too few', () => {
    const held = Array.from({ length: 2_000 }, (_, index) => index < 1_000 || index >= 1_100)
    expect(coverageOf(held)).toEqual({ overall: 0.95, worst: 0.8 })
    expect(coverageOf(held.slice(0, 900))).toBeUndefined()
  })
})
