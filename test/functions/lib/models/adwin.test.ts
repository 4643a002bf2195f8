import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'

import { newAdwin, watchWindow } from '../../../../functions/lib/models/adwin.ts'
import { driftStream, learningVectors } from './learning-vectors.ts'
import { anyNumber, expectResumes } from './resuming.ts'

function alarms(values: readonly number[]): { index: number; rose: boolean }[] {
  let state = newAdwin()
  return values.flatMap((value, index) => {
    const { state: after, alarm, rose } = watchWindow(state, value)
    state = after
    return alarm ? [{ index, rose }] : []
  })
}

describe('watchWindow', () => {
  it("gives the alarm of River's documentation", () => {
    expect(alarms(driftStream)).toEqual([{ index: 1023, rose: true }])
  })

  // River leaves out one border of each level of its histogram, and so looks at fewer cuts.
  it.each(learningVectors.detectors)("finds what River's finds on $name, no later", (vector) => {
    const ours = alarms(vector.values).map(({ index }) => index)
    const first = vector.adwin[0]
    if (first === undefined) expect(ours).toEqual([])
    for (const index of vector.adwin) {
      expect(ours.some((at) => at <= index && at >= index - 64)).toBe(true)
    }
  })

  it.each([
    ['step', [true]],
    ['fall', [false]],
  ])('tells a rise from a fall on %s', (name, directions) => {
    const values = learningVectors.detectors.find((vector) => vector.name === name)?.values ?? []
    expect([...new Set(alarms(values).map(({ rose }) => rose))]).toEqual(directions)
  })

  it('keeps the exact sums of the values in its window', () => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 400 })
    fc.assert(
      fc.property(values, fc.nat(60), (series, shift) => {
        let state = newAdwin()
        const seen = series.map((value, index) => (index > 200 ? value + shift : value))
        for (const value of seen) state = watchWindow(state, value).state
        const window = seen.slice(seen.length - state.width)
        const mean = window.reduce((sum, value) => sum + value, 0) / window.length
        const squares = window.reduce((sum, value) => sum + (value - mean) ** 2, 0)
        const inBuckets = state.levels.reduce(
          (sum, { totals }, level) => sum + totals.length * 2 ** level,
          0,
        )
        expect(inBuckets).toBe(state.width)
        expect(state.total / state.width).toBeCloseTo(mean, 9)
        expect(Math.abs(state.squares - squares)).toBeLessThan(1e-6 * (1 + squares))
      }),
      { seed: 8, numRuns: 60 },
    )
  })

  it('gives no alarm of constant values, whatever is no number between them', () => {
    const values = Array.from({ length: 2_000 }, (_, index) => (index % 7 === 0 ? Number.NaN : 3))
    expect(alarms(values)).toEqual([])
  })

  it('resumes from JSON', () => {
    expectResumes(
      newAdwin({ clock: 4 }),
      (state, value) => watchWindow(state, value).state,
      anyNumber,
      { length: 120 },
    )
  })
})
