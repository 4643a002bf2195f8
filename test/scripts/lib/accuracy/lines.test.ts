import { describe, expect, it } from '@jest/globals'

import { startLines } from '../../../../scripts/lib/accuracy/lines.ts'

describe('startLines', () => {
  it.each([
    ['at most', 5, { most: 5 }, false],
    ['above', 5.01, { most: 5 }, true],
    ['at least', 5, { least: 5 }, false],
    ['below', 4.99, { least: 5 }, true],
    ['between', 0.9, { least: 0.88, most: 0.92 }, false],
    ['beside', 0.87, { least: 0.88, most: 0.92 }, true],
    ['no number', Number.NaN, { most: 5 }, true],
    ['never', Infinity, { most: 60 }, true],
  ])('says whether a figure %s its line misses it', (_name, ours, limit, isMissed) => {
    const printed: string[] = []
    const lines = startLines((text) => printed.push(text))
    lines.heading('a topic')
    lines.line({ name: 'a figure', ours, limit, theirs: 3_780.4 })
    expect(lines.missed()).toEqual(isMissed ? ['a topic: a figure'] : [])
    expect(printed.at(-1)).toMatch(/a figure .*3,780/)
    expect(printed.at(-1)?.endsWith('MISSED')).toBe(isMissed)
  })
})
