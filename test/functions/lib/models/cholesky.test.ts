import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { CholeskyDecomposition, Matrix } from 'ml-matrix'

import {
  factorise,
  rowAt,
  solveFactorised,
  triangle,
} from '../../../../functions/lib/models/cholesky.ts'

const value = fc.double({ min: -10, max: 10, noNaN: true })

/** Symmetric positive definite: B B' + I. */
const definite = fc.integer({ min: 1, max: 12 }).chain((d) =>
  fc
    .array(fc.array(value, { minLength: d, maxLength: d }), { minLength: d, maxLength: d })
    .map((rows) => {
      const b = new Matrix(rows)
      return b.mmul(b.transpose()).add(Matrix.eye(d))
    }),
)

function lowerTriangle(matrix: Matrix): Float64Array {
  const packed = new Float64Array(triangle(matrix.rows))
  for (let i = 0; i < matrix.rows; i += 1) {
    for (let j = 0; j <= i; j += 1) packed[rowAt(i) + j] = matrix.get(i, j)
  }
  return packed
}

describe('factorise and solveFactorised', () => {
  it("give ml-matrix's factor and solution", () => {
    fc.assert(
      fc.property(definite, (matrix) => {
        const d = matrix.rows
        const packed = lowerTriangle(matrix)
        const right = Array.from({ length: d }, (_, index) => Math.cos(index))
        const oracle = new CholeskyDecomposition(matrix)
        expect(factorise(packed, d)).toBe(true)
        const factor = lowerTriangle(oracle.lowerTriangularMatrix)
        for (const [index, entry] of packed.entries()) {
          expect(Math.abs(entry - (factor[index] ?? 0))).toBeLessThan(1e-7)
        }
        const solution = Float64Array.from(right)
        solveFactorised(packed, d, solution)
        const expected = oracle.solve(Matrix.columnVector(right)).to1DArray()
        for (const [index, entry] of solution.entries()) {
          expect(Math.abs(entry - (expected[index] ?? 0))).toBeLessThan(1e-7)
        }
      }),
      { seed: 8, numRuns: 60 },
    )
  })

  it.each([
    ['singular', [1, 1, 1]],
    ['indefinite', [1, 2, 1]],
    ['no matrix', [Number.NaN, 0, 1]],
  ])('refuse what is %s', (_name, packed) => {
    expect(factorise(Float64Array.from(packed), 2)).toBe(false)
  })
})
