import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'

import {
  hasTimestamp,
  newTimestampSet,
  withTimestamp,
} from '../../../../functions/lib/models/timestamp-set.ts'
import { at } from '../../../support/workbench.ts'

const CADENCE = 1_000
const setOf = (seconds: readonly number[]) =>
  seconds.reduce((set, second) => withTimestamp(set, at(second), CADENCE), newTimestampSet())

describe('a set of timestamps', () => {
  it('holds what was put into it and nothing else, in whatever order', () => {
    const seconds = fc.array(
      fc.integer({ min: 0, max: 80 }).map((half) => half / 2),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(seconds, (put) => {
        const set = setOf(put)
        for (let second = 0; second <= 40; second += 0.5) {
          expect(hasTimestamp(set, at(second), CADENCE)).toBe(put.includes(second))
        }
      }),
    )
  })

  it('is one stretch for a regular series, however it arrived', () => {
    const ordered = Array.from({ length: 200 }, (_, second) => second)
    const expected = [[at(0), at(199)]]
    expect(setOf(ordered).stretches).toEqual(expected)
    expect(setOf(ordered.toSorted((a, b) => (a % 7) - (b % 7))).stretches).toEqual(expected)
    expect(setOf(ordered.toReversed()).stretches).toEqual(expected)
  })

  it('forgets the oldest, and says so, when it would grow without end', () => {
    const set = setOf(Array.from({ length: 600 }, (_, index) => 2 * index))
    expect(set.stretches).toHaveLength(500)
    expect(set.forgottenThrough).toBe(at(198))
    expect(hasTimestamp(set, at(0), CADENCE)).toBeUndefined()
    expect(hasTimestamp(set, at(200), CADENCE)).toBe(true)
    expect(withTimestamp(set, at(7), CADENCE)).toBe(set)
  })
})
