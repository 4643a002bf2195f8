import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'

import {
  intervalAround,
  marginOf,
  newConformal,
  observeTarget,
} from '../../../../functions/lib/models/conformal-interval.ts'
import type {
  ConformalState,
  Interval,
} from '../../../../functions/lib/models/conformal-interval.ts'
import { learningVectors } from './learning-vectors.ts'
import { anyNumber, expectResumes } from './resuming.ts'

const seen = (errors: readonly number[], state = newConformal()): ConformalState =>
  errors.reduce(
    (before, target) => observeTarget(before, { prediction: 0, target, interval: undefined }),
    state,
  )

describe('marginOf', () => {
  it.each(learningVectors.quantiles)(
    "is NumPy's quantile of $n errors, aiming at $aim",
    ({ n, aim, width }) => {
      const state = { ...seen(learningVectors.errors.slice(0, n)), aim }
      expect(marginOf(state)).toEqual({ width, capped: false })
    },
  )

  it('is none before nine errors', () => {
    expect(marginOf(seen([1, 2, 3, 4, 5, 6, 7, 8]))).toBeUndefined()
    expect(marginOf(seen([1, 2, 3, 4, 5, 6, 7, 8, 9]))).toEqual({ width: 9, capped: false })
  })

  it('is capped where the errors say only "farther than ever"', () => {
    const state = { ...seen([1, -2, 3, 4, 5, 6, 7, 8, -9]), aim: 0.01 }
    expect(marginOf(state)).toEqual({ width: 18, capped: true })
  })

  it('knows the newest errors only', () => {
    const state = seen(
      Array.from({ length: 1_000 }, (_, index) => (index < 500 ? 100 : 1)),
      newConformal(),
    )
    expect(marginOf(state)).toEqual({ width: 1, capped: false })
  })
})

describe('intervalAround', () => {
  it.each([
    [5, { width: 2, capped: false }, { lower: 3, upper: 7 }],
    [5, undefined, undefined],
    [1.7e308, { width: 1e308, capped: true }, undefined],
  ])('of %p', (prediction, margin, expected) => {
    expect(intervalAround(prediction, margin)).toEqual(expected)
  })
})

describe('observeTarget', () => {
  it.each([0, 24])('holds its bound on any data with targets %p steps late', (delay) => {
    const series = fc.array(fc.constantFrom(0.5, 1, 2, 50), { minLength: 300, maxLength: 900 })
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 400 }), (scales, flip) => {
        let state = newConformal()
        const issued: (Interval | undefined)[] = []
        let missed = 0
        let judged = 0
        let isBound = true
        const errors = scales.map(
          (scale, index) => scale * Math.sin(index) * (index > flip ? 8 : 1),
        )
        for (const [index, error] of errors.entries()) {
          const margin = marginOf(state)
          const interval = intervalAround(0, margin)
          issued.push(interval)
          const target = errors[index - delay]
          const given = issued[index - delay]
          if (target !== undefined) {
            if (given !== undefined) {
              const isMissed = target < given.lower || target > given.upper
              judged += 1
              missed += Number(isMissed)
              // The promise is for infinite intervals; one that is capped may miss.
              if (isMissed && margin?.capped === true) isBound = false
            }
            state = observeTarget(state, { prediction: 0, target, interval: given })
          }
          expect(Number.isFinite(error)).toBe(true)
        }
        expect(state.judged).toBe(judged)
        expect(state.held).toBe(judged - missed)
        if (isBound && judged > 0) {
          const bound = (0.9 + (delay + 1) * 0.01) / (0.01 * judged)
          expect(missed / judged - 0.1).toBeLessThanOrEqual(bound)
        }
      }),
      { seed: 8, numRuns: 40 },
    )
  })

  it('comes back to the level within 200 targets after errors have grown tenfold', () => {
    let state = newConformal()
    const held: boolean[] = []
    for (let index = 0; index < 3_000; index += 1) {
      const target = Math.sin(index * index) * (index < 1_000 ? 1 : 10)
      const interval = intervalAround(0, marginOf(state))
      if (interval !== undefined) held[index] = Math.abs(target) <= interval.upper
      state = observeTarget(state, { prediction: 0, target, interval })
    }
    const share = held.slice(1_200).filter(Boolean).length / 1_800
    expect(share).toBeGreaterThan(0.88)
    expect(share).toBeLessThan(0.92)
  })

  it('gives a model that never erred an interval soon after it errs', () => {
    let state = newConformal()
    for (let index = 0; index < 2_000; index += 1) {
      const interval = intervalAround(0, marginOf(state))
      state = observeTarget(state, { prediction: 0, target: 0, interval })
    }
    let misses = 0
    for (let index = 0; index < 300; index += 1) {
      const interval = intervalAround(0, marginOf(state))
      const target = Math.sin(index * index)
      if (interval !== undefined && Math.abs(target) > interval.upper) misses += 1
      state = observeTarget(state, { prediction: 0, target, interval })
    }
    expect(misses).toBeLessThan(100)
  })

  it('resumes from JSON', () => {
    expectResumes(
      newConformal({ memory: 12 }),
      (state, [prediction, target]) => {
        const interval = intervalAround(prediction, marginOf(state))
        return observeTarget(state, { prediction, target, interval })
      },
      fc.tuple(anyNumber, anyNumber),
    )
  })
})
