import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { predictLinear } from '../../../../functions/lib/models/linear-model.ts'
import { fitRidgeCv } from '../../../../functions/lib/models/ridge-cv.ts'

// Made with scikit-learn 1.6.1: RidgeCV(alphas=(0.1, 1, 10)) on make_regression(600, 10, noise=0.1) six times, seed 42.
const reference = z
  .object({
    fits: z.array(
      z.object({
        t: z.number(),
        n: z.number(),
        alpha: z.number(),
        best_score: z.number(),
        r2: z.number(),
        intercept: z.number(),
        coef: z.array(z.number()),
      }),
    ),
    mse_after_first_fit: z.number(),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../vectors/ridgecv-reference.json', import.meta.url), 'utf8'),
    ),
  )

const stream = readFileSync(new URL('../../../vectors/seed-stream.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const values = line.split(',').map(Number)
    return { x: values.slice(2, 12), y: values[12] ?? Number.NaN }
  })

function fit(from: number, to: number): ReturnType<typeof fitRidgeCv> {
  const rows = stream.slice(from, to)
  const columns = Array.from({ length: 10 }, (_, j) =>
    Float64Array.from(rows, ({ x }) => x[j] ?? 0),
  )
  return fitRidgeCv(
    columns,
    Float64Array.from(rows, ({ y }) => y),
  )
}

describe('fitRidgeCv against scikit-learn', () => {
  it.each(reference.fits)('gives the fit of rows before t=$t', ({ t, n, ...expected }) => {
    const found = fit(Math.max(0, t - 300), t)
    expect(Math.min(t, 300)).toBe(n)
    expect(found.alpha).toBe(expected.alpha)
    for (const [j, coefficient] of expected.coef.entries()) {
      expect(Math.abs((found.coefficients[j] ?? 0) - coefficient)).toBeLessThan(1e-6)
    }
    expect(Math.abs(found.intercept - expected.intercept)).toBeLessThan(1e-6)
    expect(Math.abs(found.looError / -expected.best_score - 1)).toBeLessThan(1e-6)
    expect(Math.abs(found.r2 - expected.r2)).toBeLessThan(1e-9)
  })

  it('gives the prequential error of the whole stream', () => {
    let sum = 0
    let current = fit(0, 60)
    for (const [t, { x, y }] of stream.entries()) {
      if (t < 60) continue
      if (t % 60 === 0) current = fit(Math.max(0, t - 300), t)
      const prediction = x.reduce(
        (total, value, j) => total + value * (current.coefficients[j] ?? 0),
        current.intercept,
      )
      sum += (y - prediction) ** 2
    }
    expect(sum / (stream.length - 60) / reference.mse_after_first_fit - 1).toBeCloseTo(0, 6)
  })
})

describe('fitRidgeCv on hard input', () => {
  it.each([1e-60, 1, 1e60, 1e80, 1e120])('finds y = 2a - b with features of about %p', (scale) => {
    const a = [1, 2, 3, 5, 8, 13]
    const b = [4, -2, 7, 1, 0, 3]
    const columns = [a, b].map((column) => Float64Array.from(column, (value) => value * scale))
    const y = Float64Array.from(a, (value, index) => 2 * value - (b[index] ?? 0))
    const { coefficients, r2 } = fitRidgeCv(columns, y)
    if (scale < 1) expect(r2).toBeLessThan(1e-9)
    else {
      expect((coefficients[0] ?? 0) * scale).toBeCloseTo(2, 1)
      expect((coefficients[1] ?? 0) * scale).toBeCloseTo(-1, 1)
    }
  })

  it.each([
    ['one row', [[1], [2]], [5]],
    ['no row', [[], []], []],
    [
      'constant features',
      [
        [1, 1, 1, 1],
        [2, 2, 2, 2],
      ],
      [1, 2, 3, 4],
    ],
    [
      'collinear features',
      [
        [1, 2, 3, 5],
        [2, 4, 6, 10],
      ],
      [1, 2, 3, 5],
    ],
    [
      'a constant target',
      [
        [1, 2, 3, 5],
        [3, 1, 4, 1],
      ],
      [7, 7, 7, 7],
    ],
    [
      'more features than rows',
      [
        [1, 2],
        [2, 1],
        [0, 1],
        [5, 5],
        [1, 0],
      ],
      [1, 2],
    ],
  ])('stays finite with %s', (_name, columns, y) => {
    const found = fitRidgeCv(
      columns.map((column) => Float64Array.from(column)),
      Float64Array.from(y),
    )
    expect(
      [...found.coefficients, found.intercept, found.looError, found.r2].every(Number.isFinite),
    ).toBe(true)
  })
})

describe('predictLinear', () => {
  const model = {
    algorithm: 'ridgecv' as const,
    features: ['a', 'b'],
    coefficients: [2, 3],
    intercept: 1,
    alpha: 0.1,
    looError: 0,
    r2: 1,
    rows: 2,
    window: { from: '', through: '' },
  }

  it.each([
    [
      'uses the order of the model, not of the row',
      { b: 10, a: 1 },
      'refuse',
      { kind: 'predicted', prediction: 33 },
    ],
    [
      'takes a missing feature as zero where declared',
      { b: 10 },
      'zero',
      { kind: 'predicted', prediction: 31 },
    ],
    [
      'names the missing features otherwise',
      { b: 10 },
      'refuse',
      { kind: 'missing', features: ['a'] },
    ],
    ['gives no infinite prediction', { a: 1e308, b: 1e308 }, 'zero', { kind: 'overflow' }],
  ] as const)('%s', (_name, row, missing, expected) => {
    expect(predictLinear(model, row, missing)).toEqual(expected)
  })
})
