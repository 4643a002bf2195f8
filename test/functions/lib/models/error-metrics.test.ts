import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'

import {
  countError,
  countUnscored,
  newErrorMetrics,
  summariseErrors,
} from '../../../../functions/lib/models/error-metrics.ts'
import { learningVectors } from './learning-vectors.ts'
import { anyNumber, expectResumes } from './resuming.ts'

const count = (errors: readonly number[], versionOf: (index: number) => number = () => 0) =>
  errors.reduce(
    (metrics, error, index) => countError(metrics, { error, version: versionOf(index) }),
    newErrorMetrics(),
  )

describe('error metrics', () => {
  it('are what NumPy says of the same errors', () => {
    const { errors, metrics } = learningVectors
    const { all, fading } = summariseErrors(count(errors))
    expect(all.count).toBe(errors.length)
    expect(all.mae).toBeCloseTo(metrics.mae, 12)
    expect(all.rmse).toBeCloseTo(metrics.rmse, 12)
    expect(all.bias).toBeCloseTo(metrics.bias, 12)
    expect(fading.mae).toBeCloseTo(metrics.fading_mae, 12)
    expect(fading.rmse).toBeCloseTo(metrics.fading_rmse, 12)
  })

  it('average the newest 500 by themselves', () => {
    const { windowed, all } = summariseErrors(
      count([...Array.from({ length: 700 }, () => 9), ...Array.from({ length: 500 }, () => -2)]),
    )
    expect(windowed).toEqual({ count: 500, mae: 2, rmse: 2, bias: -2 })
    expect(all.count).toBe(1_200)
  })

  it('keep versions apart, the newest twenty that predicted', () => {
    const { versions } = summariseErrors(
      count(
        Array.from({ length: 60 }, (_, index) => index % 30),
        (index) => index % 30,
      ),
    )
    expect(versions.map(({ version }) => version)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 10),
    )
    expect(versions.at(-1)).toEqual({ version: 29, count: 1, mae: 29, rmse: 29, bias: 29 })
    const both = summariseErrors(count([1, 3, -5], (index) => index % 2)).versions
    expect(both.map(({ count: counted, mae }) => [counted, mae])).toEqual([
      [2, 3],
      [1, 3],
    ])
  })

  it('say nothing of nothing, and show what was not scored', () => {
    const metrics = countUnscored(
      countUnscored(countUnscored(newErrorMetrics(), 'late'), 'unscored'),
      'late',
    )
    const summary = summariseErrors(metrics)
    expect(summary.all).toEqual({ count: 0, mae: null, rmse: null, bias: null })
    expect([summary.late, summary.unscored]).toEqual([2, 1])
  })

  it('stay finite whatever the error', () => {
    fc.assert(
      fc.property(fc.array(anyNumber, { minLength: 1 }), (errors) => {
        const { all, fading, windowed } = summariseErrors(count(errors))
        for (const { mae, rmse, bias } of [all, fading, windowed]) {
          expect([mae, rmse, bias].every(Number.isFinite)).toBe(true)
        }
      }),
      { seed: 8 },
    )
  })

  it('resume from JSON', () => {
    expectResumes(
      newErrorMetrics(),
      countError,
      fc.record({ error: anyNumber, version: fc.nat(3) }),
    )
  })
})
