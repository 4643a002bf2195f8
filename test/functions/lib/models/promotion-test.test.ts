import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'

import {
  compareAfterDrift,
  comparePair,
  hasDwelt,
  neweyWestVariance,
} from '../../../../functions/lib/models/promotion-test.ts'
import { anyNumber } from './resuming.ts'

import { learningVectors } from './learning-vectors.ts'

/** Losses around a level that change sign of their difference from pair to pair. */
function losses(level: number, count: number, spread = 0.2): number[] {
  return Array.from({ length: count }, (_, index) => level + spread * Math.sin(index * index))
}

describe('neweyWestVariance', () => {
  it.each(learningVectors.newey_west)(
    'is what statsmodels says, $lags lags',
    ({ values, lags, variance }) => {
      expect(neweyWestVariance(values, lags) / variance).toBeCloseTo(1, 9)
    },
  )

  it('is never negative, and 0 of nothing', () => {
    expect(neweyWestVariance([], 3)).toBe(0)
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(30), (values, lags) => {
        expect(neweyWestVariance(values, lags)).toBeGreaterThanOrEqual(0)
      }),
      { seed: 8 },
    )
  })
})

describe('comparePair', () => {
  it.each([
    ['clearly better', losses(1, 300), losses(0.8, 300), {}, { kind: 'better', by: 'margin' }],
    ['too few pairs', losses(1, 199), losses(0.1, 199), {}, { why: 'too-few' }],
    [
      'too few for the horizon',
      losses(1, 300),
      losses(0.1, 300),
      { horizon: 61 },
      { why: 'too-few' },
    ],
    ['as good', losses(1, 300), losses(1, 300), {}, { why: 'margin' }],
    ['worse', losses(1, 300), losses(1.2, 300), {}, { why: 'margin' }],
    ['within the margin', losses(1, 300), losses(0.991, 300), {}, { why: 'margin' }],
    [
      'better by chance',
      losses(1, 300, 5),
      losses(0.8, 300, 0.1),
      { certainty: 2 },
      { why: 'chance' },
    ],
    ['both without error', losses(0, 300, 0), losses(0, 300, 0), {}, { why: 'margin' }],
  ])('%s', (_name, champion, challenger, rule, expected) => {
    expect(comparePair({ champion, challenger }, rule)).toMatchObject(expected)
  })

  it('asks for more of forecasts whose errors overlap', () => {
    const steps = Array.from({ length: 400 }, (_, index) => (Math.floor(index / 40) % 2 ? 1 : -0.7))
    const losing = { champion: steps.map((step) => 2 + step), challenger: steps.map(() => 2) }
    const independent = comparePair(losing, { certainty: 2, horizon: 1 })
    const overlapping = comparePair(losing, { certainty: 2, horizon: 40 })
    expect(overlapping.comparison.standardError).toBeGreaterThan(
      1.5 * independent.comparison.standardError,
    )
    expect(overlapping).toMatchObject({ kind: 'not-better', why: 'chance' })
  })

  it('decides with finite numbers on any losses', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyNumber, anyNumber), { minLength: 200, maxLength: 210 }),
        (pairs) => {
          const { comparison } = comparePair({
            champion: pairs.map(([loss]) => loss),
            challenger: pairs.map(([, loss]) => loss),
          })
          expect(Object.values(comparison).every(Number.isFinite)).toBe(true)
        },
      ),
      { seed: 8, numRuns: 20 },
    )
  })
})

describe('compareAfterDrift', () => {
  it.each([
    ['twenty pairs of a collapse', 20, 100, 10, { kind: 'better', by: 'collapse' }],
    ['nineteen', 19, 100, 10, { why: 'too-few' }],
    ['not twice as good', 20, 100, 60, { why: 'margin' }],
    ['nothing to choose', 20, 0, 0, { why: 'margin' }],
  ])('%s', (_name, count, champion, challenger, expected) => {
    const losing = {
      champion: losses(champion, count, 0),
      challenger: losses(challenger, count, 0),
    }
    expect(compareAfterDrift(losing)).toMatchObject(expected)
  })
})

describe('hasDwelt', () => {
  it.each([
    [0, false],
    [199, false],
    [200, true],
  ])('after %p rows: %p', (rows, expected) => {
    expect(hasDwelt(rows)).toBe(expected)
  })
})
