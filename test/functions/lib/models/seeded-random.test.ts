import { describe, expect, it } from '@jest/globals'

import { mixBits, shuffle, uniformDraws } from '../../../../functions/lib/models/seeded-random.ts'

describe('random numbers from a seed', () => {
  // Sebastiano Vigna's splitmix64.c, started at 1234567.
  const REFERENCE = [6457827717110365317n, 3203168211198807973n, 9817491932198370423n]

  it('are those of SplitMix64', () => {
    const draw = uniformDraws(1_234_567n)
    expect(REFERENCE.map(() => draw())).toEqual(
      REFERENCE.map((bits) => Number(bits >> 11n) / 2 ** 53),
    )
    expect(mixBits(1_234_567n + 0x9e3779b97f4a7c15n)).toBe(REFERENCE[0])
  })

  it('put things in an order of which none is left out', () => {
    const order = Int32Array.from({ length: 100 }, (_, index) => index)
    shuffle(order, uniformDraws(1n))
    expect([...order].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect([...order]).not.toEqual([...order].toSorted((a, b) => a - b))
    const again = Int32Array.from({ length: 100 }, (_, index) => index)
    shuffle(again, uniformDraws(1n))
    expect(again).toEqual(order)
  })
})
