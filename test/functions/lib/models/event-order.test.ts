import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'

import { takeInOrder } from '../../../../functions/lib/models/event-order.ts'
import { at } from '../../../support/workbench.ts'

const PACE = { cadence: 1_000, grace: 30_000 }
const rows = (...seconds: number[]) => seconds.map((second) => ({ timestamp: at(second) }))
const taken = (waiting: number[], through: number | null, isReady?: (second: number) => boolean) =>
  takeInOrder(
    rows(...waiting),
    through === null ? null : at(through),
    PACE,
    isReady && (({ timestamp }) => isReady((Date.parse(timestamp) - Date.parse(at(0))) / 1_000)),
  ).map(({ timestamp }) => (Date.parse(timestamp) - Date.parse(at(0))) / 1_000)

describe('the order in which rows are taken', () => {
  it.each([
    ['the first of all at once', [0], null, [0]],
    ['each next one', [4, 5, 6], 3, [4, 5, 6]],
    ['one that comes a little late', [4.4], 3, [4.4]],
    ['none while the one before is missing', [5, 6], 3, []],
    ['those that are older than the grace, and what follows them', [5, 6, 36], 3, [5, 6]],
    ['all behind a gap when the grace is over', [40, 41, 69, 70, 71], 20, [40, 41]],
    ['none far ahead of all others', [4, 9_000], 3, [4]],
    ['none far ahead with one witness', [9_000, 9_001], 3, []],
    ['none far ahead before its grace', [9_000, 9_001, 9_002], 3, []],
    ['those far ahead that have witnesses', [9_000, 9_001, 9_002, 9_030], 3, [9_000, 9_001, 9_002]],
    ['none', [], 3, []],
  ])('takes %s', (_name, waiting, through, expected) => {
    expect(taken(waiting, through)).toEqual(expected)
  })

  it('waits for one that is not ready until its grace is over', () => {
    expect(taken([4, 5, 6], 3, (second) => second !== 5)).toEqual([4])
    expect(taken([5, 6, 35], 4, (second) => second !== 5)).toEqual([5, 6])
  })

  it('takes rows in one order, whatever order they arrive in', () => {
    const order = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 10, maxLength: 10 })
    fc.assert(
      fc.property(order, (arriving) => {
        const all: number[] = [-1]
        const stored = new Set<number>()
        for (const second of arriving) {
          stored.add(second)
          const through = all.at(-1) ?? 0
          const waiting = [...stored].filter((other) => other > through).toSorted((a, b) => a - b)
          all.push(...taken(waiting, through))
        }
        expect(all).toEqual([-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      }),
    )
  })
})
