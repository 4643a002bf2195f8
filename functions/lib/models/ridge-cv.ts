import { dot, singularValues } from './singular-values.ts'

/** A ridge regression whose penalty was chosen by its leave-one-out errors. */
export interface RidgeFit {
  alpha: number
  coefficients: number[]
  intercept: number
  /** Mean squared leave-one-out error of the chosen alpha, in squared units of the target. */
  looError: number
  /** Share of the target's variance explained on the rows it was fitted on. */
  r2: number
}

/** scikit-learn's default for `RidgeCV`. */
const ALPHAS = [0.1, 1, 10]

/**
 * Fits scikit-learn's `RidgeCV()` exactly: minimises `|y - Xb - b0|² + alpha |b|²` (alpha not multiplied by the number
 * of rows, intercept not penalised, no scaling), with the alpha of the least mean squared leave-one-out error, the
 * first on ties.
 *
 * `columns` are the features, one array each; with fewer than two rows the fit is the mean. The closed form of the
 * leave-one-out error is `(y_i - f_i) / (1 - h_i)`, h the leverage including the intercept's 1/n (Rifkin and Lippert,
 * Notes on Regularized Least Squares, 2007).
 */
export function fitRidgeCv(columns: readonly Float64Array[], y: Float64Array): RidgeFit {
  const n = y.length
  const meanY = mean(y)
  if (n < 2) return meanOnly(columns.length, meanY)
  const means = columns.map(mean)
  const centred = columns.map((column, j) => column.map((value) => value - (means[j] ?? 0)))
  const residual = y.map((value) => value - meanY)
  const { u, s, v } = singularValues(centred)
  const q = u.map((column) => dot(column, residual))

  let best: { alpha: number; looError: number; fitted: Float64Array } | undefined
  for (const alpha of ALPHAS) {
    const { looError, fitted } = leaveOneOut(u, s, q, residual, alpha)
    if (looError !== undefined && (best === undefined || looError < best.looError)) {
      best = { alpha, looError, fitted }
    }
  }
  if (best === undefined) return meanOnly(columns.length, meanY)
  const { alpha, looError, fitted } = best
  const coefficients = Array.from({ length: columns.length }, () => 0)
  for (const [k, direction] of v.entries()) {
    const value = s[k] ?? 0
    const weight = ((q[k] ?? 0) * value) / (value * value + alpha)
    for (const [j, entry] of direction.entries()) {
      coefficients[j] = (coefficients[j] ?? 0) + weight * entry
    }
  }
  const intercept = coefficients.reduce((sum, b, j) => sum - b * (means[j] ?? 0), meanY)
  const total = dot(residual, residual)
  const unexplained = residual.reduce((sum, value, i) => sum + (value - (fitted[i] ?? 0)) ** 2, 0)
  const r2 = total === 0 ? 0 : 1 - unexplained / total
  return { alpha, coefficients, intercept, looError, r2 }
}

function leaveOneOut(
  u: readonly Float64Array[],
  s: Float64Array,
  q: readonly number[],
  y: Float64Array,
  alpha: number,
): { looError: number | undefined; fitted: Float64Array } {
  const n = y.length
  const fitted = new Float64Array(n)
  const leverage = new Float64Array(n).fill(1 / n)
  for (const [k, direction] of u.entries()) {
    const squared = (s[k] ?? 0) ** 2
    const shrink = squared / (squared + alpha)
    for (const [i, entry] of direction.entries()) {
      fitted[i] = (fitted[i] ?? 0) + entry * shrink * (q[k] ?? 0)
      leverage[i] = (leverage[i] ?? 0) + entry * entry * shrink
    }
  }
  let sum = 0
  for (const [i, value] of y.entries()) {
    const left = 1 - (leverage[i] ?? 0)
    if (left <= 1e-12) return { looError: undefined, fitted }
    sum += ((value - (fitted[i] ?? 0)) / left) ** 2
  }
  return { looError: sum / n, fitted }
}

function meanOnly(features: number, intercept: number): RidgeFit {
  const coefficients = Array.from({ length: features }, () => 0)
  return { alpha: ALPHAS[0] ?? 0, coefficients, intercept, looError: 0, r2: 0 }
}

function mean(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
