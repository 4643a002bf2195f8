import { describe, expect, it } from '@jest/globals'

import { canonical, compare } from '../../../../scripts/lib/chaos/compare.ts'

const snapshot = (contents: Record<string, string[]>) => new Map(Object.entries(contents))
const keys = (differences: readonly { key: string }[]) => differences.map(({ key }) => key)

describe('the comparison of two runs', () => {
  const undisturbed = snapshot({ a: ['1'], b: ['2'], c: ['3', '4'] })

  it.each([
    ['the same', { c: ['4', '3'], b: ['2'], a: ['1'] }, [[], [], []]],
    ['one lost', { a: ['1'], c: ['3', '4'] }, [['b'], [], []]],
    ['one of two lost', { a: ['1'], b: ['2'], c: ['3'] }, [['c'], [], []]],
    ['one twice', { a: ['1', '1'], b: ['2'], c: ['3', '4'] }, [[], ['a'], []]],
    ['one that nobody expects', { a: ['1'], b: ['2'], c: ['3', '4'], d: ['5'] }, [[], ['d'], []]],
    ['one with other content', { a: ['9'], b: ['2'], c: ['3', '4'] }, [[], [], ['a']]],
  ])('finds %s', (_name, contents, expected) => {
    const { lost, doubled, different } = compare(undisturbed, snapshot(contents))
    expect([keys(lost), keys(doubled), keys(different)]).toEqual(expected)
  })

  it('says what was expected and what was found', () => {
    const { different } = compare(snapshot({ a: ['1'] }), snapshot({ a: ['2'] }))
    expect(different).toEqual([{ key: 'a', expected: ['1'], found: ['2'] }])
  })

  it('does not mind the order of members, but that of lists', () => {
    expect(canonical({ b: { d: 1, c: [2, 1] }, a: null })).toBe(
      canonical({ a: null, b: { c: [2, 1], d: 1 } }),
    )
    expect(canonical([1, 2])).not.toBe(canonical([2, 1]))
  })
})
