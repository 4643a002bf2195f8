import { describe, expect, it } from '@jest/globals'

import { newPageHinkley, watchMean } from '../../../../functions/lib/models/page-hinkley.ts'
import type { PageHinkleyOptions } from '../../../../functions/lib/models/page-hinkley.ts'
import { driftStream, learningVectors } from './learning-vectors.ts'
import { anyNumber, expectResumes } from './resuming.ts'

function alarms(values: readonly number[], options: Partial<PageHinkleyOptions> = {}): number[] {
  let state = newPageHinkley(options)
  return values.flatMap((value, index) => {
    const watched = watchMean(state, value)
    state = watched.state
    return watched.alarm ? [index] : []
  })
}

describe('watchMean', () => {
  it("gives the alarm of River's documentation", () => {
    expect(alarms(driftStream)[0]).toBe(1006)
  })

  it.each(learningVectors.detectors)("gives River's alarms on $name", (vector) => {
    expect(alarms(vector.values)).toEqual(vector.page_hinkley_up)
    expect(alarms(vector.values, { delta: 0.1, threshold: 20 })).toEqual(
      vector['page_hinkley_up_delta_0.1_threshold_20'],
    )
  })

  it('passes over what is no number, and starts anew after an alarm', () => {
    const values = [...Array.from({ length: 40 }, () => 0), Number.NaN, Infinity, 1e300, 200]
    expect(alarms(values)).toEqual([43])
    expect(alarms([...values, ...Array.from({ length: 28 }, () => 200), 300])).toEqual([43])
  })

  it('resumes from JSON', () => {
    expectResumes(
      newPageHinkley({ minimum: 5, threshold: 10 }),
      (state, value) => watchMean(state, value).state,
      anyNumber,
    )
  })
})
