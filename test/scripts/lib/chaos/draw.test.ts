import { describe, expect, it } from '@jest/globals'

import { draw, drawWhole } from '../../../../scripts/lib/chaos/draw.ts'

describe('a draw', () => {
  it('is a function of its names alone', () => {
    expect(draw(1, 'fault', 'a')).toBe(draw(1, 'fault', 'a'))
    expect(draw(1, 'fault', 'a')).not.toBe(draw(2, 'fault', 'a'))
    expect(draw(1, 'fa', 'ult')).not.toBe(draw(1, 'fault'))
  })

  it('is spread evenly over [0, 1)', () => {
    const draws = Array.from({ length: 10_000 }, (_, index) => draw(7, index))
    expect(draws.every((one) => one >= 0 && one < 1)).toBe(true)
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const within = draws.filter((one) => Math.floor(one * 10) === tenth).length
      // Five standard deviations of a binomial count of 10,000 draws at 1/10: 5 * sqrt(900).
      expect(Math.abs(within - 1_000)).toBeLessThan(150)
    }
  })

  it('of a whole number meets both bounds and nothing beyond', () => {
    const draws = Array.from({ length: 200 }, (_, index) => drawWhole(3, 5, 'bounds', index))
    expect([...new Set(draws)].toSorted((a, b) => a - b)).toEqual([3, 4, 5])
  })
})
