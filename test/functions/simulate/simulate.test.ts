import { describe, expect, it } from '@jest/globals'

import { simulate } from '../../../functions/simulate/simulate.ts'
import { fitRidgeCv } from '../../../functions/lib/models/ridge-cv.ts'

const names = Array.from({ length: 10 }, (_, index) => `feat_${index}`)

function fitOf(seed: number, first: number, count: number): ReturnType<typeof fitRidgeCv> {
  const samples = Array.from({ length: count }, (_, index) => simulate(seed, first + index))
  const columns = names.map((name) =>
    Float64Array.from(samples, ({ features }) => features[name] ?? 0),
  )
  return fitRidgeCv(
    columns,
    Float64Array.from(samples, ({ target }) => target),
  )
}

describe('simulate', () => {
  it('gives the same sample for the same seed and second', () => {
    expect(simulate(1, 1_767_225_600)).toEqual(simulate(1, 1_767_225_600))
    expect(simulate(1, 1_767_225_600)).not.toEqual(simulate(2, 1_767_225_600))
    expect(simulate(1, 1_767_225_600)).not.toEqual(simulate(1, 1_767_225_601))
  })

  it('draws features from N(0, 1)', () => {
    const values = Array.from({ length: 2_000 }, (_, second) =>
      Object.values(simulate(3, second).features),
    ).flat()
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    const fourth = values.reduce((sum, value) => sum + (value - mean) ** 4, 0) / values.length
    // Four standard errors of 20,000 draws.
    expect(Math.abs(mean)).toBeLessThan(0.029)
    expect(Math.abs(variance - 1)).toBeLessThan(0.04)
    expect(Math.abs(fourth - 3)).toBeLessThan(0.28)
  })

  it('is a linear model with noise of 0.1 within 600 samples', () => {
    const { looError, intercept } = fitOf(1, 6_000, 600)
    expect(Math.sqrt(looError)).toBeGreaterThan(0.09)
    expect(Math.sqrt(looError)).toBeLessThan(0.12)
    expect(Math.abs(intercept)).toBeLessThan(0.05)
  })

  it('draws all ten coefficients anew from U(0, 100) every 600 samples', () => {
    const regimes = Array.from(
      { length: 40 },
      (_, regime) => fitOf(1, regime * 600, 60).coefficients,
    )
    const all = regimes.flat()
    expect(Math.min(...all)).toBeGreaterThan(-1)
    expect(Math.max(...all)).toBeLessThan(101)
    // Four standard errors of 400 draws.
    expect(Math.abs(all.reduce((sum, value) => sum + value, 0) / all.length - 50)).toBeLessThan(6)
    expect(new Set(all.map((value) => value.toFixed(1))).size).toBeGreaterThan(300)
    expect(fitOf(1, 540, 120).looError).toBeGreaterThan(100)
  })
})
