import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'

import {
  naiveForecast,
  newSeriesMemory,
  rememberTarget,
  seasonalNaiveForecast,
  seasonalScale,
  skill,
} from '../../../../functions/lib/models/naive-baselines.ts'
import { anyNumber, expectResumes } from './resuming.ts'

const remember = (season: number, targets: readonly number[]) =>
  targets.reduce(rememberTarget, newSeriesMemory(season))

describe('the baselines', () => {
  it('know nothing before the first target, and no season before a whole one', () => {
    expect(naiveForecast(newSeriesMemory(3))).toBeUndefined()
    expect(seasonalNaiveForecast(remember(3, [1, 2]), 1)).toBeUndefined()
    expect(seasonalScale(remember(3, [1, 2, 3]))).toBeUndefined()
    expect(seasonalScale(remember(1, [5, 5, 5]))).toBeUndefined()
  })

  it('follow y_(t + h - m ceil(h / m))', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.integer(), { minLength: 12, maxLength: 40 }),
        fc.integer({ min: 1, max: 40 }),
        (season, targets, h) => {
          const t = targets.length - 1
          const state = remember(season, targets)
          expect(naiveForecast(state)).toBe(targets[t])
          const expected = targets[t + h - season * Math.ceil(h / season)]
          expect(seasonalNaiveForecast(state, h)).toBe(expected)
        },
      ),
      { seed: 8 },
    )
  })

  it('measure errors by the mean seasonal step', () => {
    expect(seasonalScale(remember(2, [1, 10, 3, 14, 4]))).toBe((2 + 4 + 1) / 3)
  })

  it('keep the season in step over what is no number', () => {
    expect(seasonalNaiveForecast(remember(3, [Number.NaN, 1, 2, 3, Infinity, 5]), 2)).toBe(3)
  })

  it.each([
    [0.5, 1, 0.5],
    [2, 1, -1],
    [0, 1, 0],
  ])('skill of an error of %p beside %p', (error, baseline, expected) => {
    expect(skill(error, baseline)).toBe(error === 0 ? 1 : expected)
    expect(skill(error, 0)).toBeUndefined()
  })

  it('resume from JSON', () => {
    expectResumes(newSeriesMemory(5), rememberTarget, anyNumber)
  })
})
