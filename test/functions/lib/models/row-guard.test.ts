import { describe, expect, it } from '@jest/globals'

import type { LearningRow } from '../../../../functions/lib/models/online-learner.ts'
import { guardRow, newRowGuard } from '../../../../functions/lib/models/row-guard.ts'
import type { GuardedRow } from '../../../../functions/lib/models/row-guard.ts'

const usual = Array.from({ length: 12 }, (_, index) => ({
  features: { a: 1 + (index % 3), b: 0 },
  target: index,
}))

function guarded(rows: readonly LearningRow[]): GuardedRow[] {
  let guard = newRowGuard(2)
  return rows.map((row) => {
    const next = guardRow(guard, ['a', 'b'], row)
    guard = next.guard
    return next.row
  })
}

const last = (...rows: LearningRow[]): GuardedRow | undefined => guarded([...usual, ...rows]).at(-1)
const huge = { features: { a: 1e12, b: 0 }, target: 1 }

describe('guardRow', () => {
  it('reads the target and the features in the order of the learner', () => {
    expect(last({ features: { b: 5, c: 7, a: 2 }, target: 3 })).toEqual({
      kind: 'usable',
      values: Float64Array.from([3, 2, 5]),
      rescaled: false,
    })
  })

  it.each<[string, LearningRow, GuardedRow]>([
    ['a missing feature', { features: { a: 1 }, target: 1 }, { kind: 'missing', features: ['b'] }],
    [
      'NaN',
      { features: { a: Number.NaN, b: 0 }, target: 1 },
      { kind: 'out-of-range', names: ['a'] },
    ],
    [
      '1e300 and Infinity',
      { features: { a: 1e300, b: 0 }, target: Infinity },
      { kind: 'out-of-range', names: ['target', 'a'] },
    ],
    ['a millionfold value', huge, { kind: 'strange', names: ['a'] }],
    [
      'a millionfold target',
      { features: { a: 1, b: 0 }, target: 1e9 },
      { kind: 'strange', names: ['target'] },
    ],
  ])('refuses %s', (_name, row, expected) => {
    expect(last(row)).toEqual(expected)
  })

  it('believes the third strange row in succession, and then its scale', () => {
    expect(last(huge, huge, huge)).toMatchObject({ kind: 'usable', rescaled: true })
    expect(last(huge, huge, huge, huge)).toMatchObject({ kind: 'usable', rescaled: false })
    expect(last(huge, huge, ...usual.slice(0, 1), huge)).toMatchObject({ kind: 'strange' })
  })

  it('lets a feature that was always 0 have its first value', () => {
    expect(last({ features: { a: 1, b: 1e9 }, target: 1 })).toMatchObject({ kind: 'usable' })
  })
})
