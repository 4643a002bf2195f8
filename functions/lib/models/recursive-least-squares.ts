import { rowAt, triangle } from './cholesky.ts'
import { judgeError, newJumpState } from './jump-test.ts'
import type { JumpRule, JumpState } from './jump-test.ts'
import type { Outcome } from './linear-model.ts'
import { featuresFault } from './online-learner.ts'
import type { Learnt, LearningRow, LinearForm } from './online-learner.ts'
import { plainNumbers } from './plain-numbers.ts'
import { guardRow, newRowGuard } from './row-guard.ts'
import type { RowGuard } from './row-guard.ts'

export interface RlsOptions {
  /** What a row's weight is multiplied by with every later row, in (0, 1]. */
  forgetting: number
  /** Variance of a coefficient that nothing is known of, over that of the noise. */
  prior: number
  /** When the relation itself is taken to have changed; null: never. */
  jump: JumpRule | null
}

/**
 * Recursive least squares; plain JSON. Vectors have the intercept first, then the features in order, as they come:
 * features should be of about unit size, for `prior` knows no units (gram-ridge.ts finds them itself). `covariance`
 * is a lower triangle (cholesky.ts).
 */
export interface Rls {
  algorithm: 'rls'
  features: string[]
  options: RlsOptions
  rows: number
  covariance: number[]
  coefficients: number[]
  guard: RowGuard
  jump: JumpState
}

/** A learner that has seen nothing, for features in this order. Throws a RangeError where `featuresFault` has one. */
export function newRls(features: readonly string[], options: Partial<RlsOptions> = {}): Rls {
  const fault = featuresFault(features)
  if (fault !== undefined) throw new RangeError(fault)
  const d = features.length + 1
  const chosen = { forgetting: 1, prior: 1e4, jump: null, ...options }
  return {
    algorithm: 'rls',
    features: [...features],
    options: chosen,
    rows: 0,
    covariance: plainNumbers(unknownCovariance(d, chosen.prior)),
    coefficients: Array.from({ length: d }, () => 0),
    guard: newRowGuard(features.length),
    jump: newJumpState(),
  }
}

/** Predicts one row; a state that has learnt nothing says 0. */
export function predictRls(
  { features, coefficients }: Rls,
  row: Readonly<Record<string, number>>,
): Outcome {
  const missing = features.filter((name) => row[name] === undefined)
  if (missing.length > 0) return { kind: 'missing', features: missing }
  const prediction = features.reduce(
    (sum, name, index) => sum + (coefficients[index + 1] ?? 0) * (row[name] ?? 0),
    coefficients[0] ?? 0,
  )
  return Number.isFinite(prediction) ? { kind: 'predicted', prediction } : { kind: 'overflow' }
}

/** The learner's present function of the features, for a registered version. */
export function linearFormOfRls({ features, coefficients }: Rls): LinearForm {
  const [intercept = 0, ...slopes] = coefficients
  return { features: [...features], coefficients: slopes, intercept }
}

/**
 * Learns rows in their order; learning them in one call or in many gives the same state, bit for bit.
 *
 * `e = y - w.x, g = P x / (f + x.P x), w += g e, P = (P - g (P x)') / f` with forgetting f (Plackett, 1950; Haykin,
 * Adaptive Filter Theory, chapter 10): the exact minimum of the weighted squares plus `f^n |w|² / prior`. O(d²) a
 * row.
 *
 * At a jump P is `prior` times the identity again and the coefficients stay. Where rows say nothing of a coefficient,
 * forgetting makes its variance grow without end (wind-up); past twice `prior` the learner is told that the
 * coefficient is what it is, just firmly enough that its variance is `prior` again: no coefficient moves, and P stays
 * positive.
 */
export function learnRls(
  state: Rls,
  rows: readonly LearningRow[],
): { state: Rls; outcomes: Learnt[] } {
  let work = unpack(state)
  const outcomes: Learnt[] = []
  for (const row of rows) {
    const { guard, row: guarded } = guardRow(work.guard, state.features, row)
    if (guarded.kind === 'usable' && guarded.rescaled) {
      work = unpack(newRls(state.features, state.options))
    }
    work.guard = guard
    outcomes.push(guarded.kind === 'usable' ? learnRow(work, guarded.values) : guarded)
  }
  const { covariance, coefficients, ...others } = work
  return {
    state: {
      ...others,
      covariance: plainNumbers(covariance),
      coefficients: plainNumbers(coefficients),
    },
    outcomes,
  }
}

/** Forgets the rows but keeps the coefficients, as after a jump: for a drift that was found elsewhere. */
export function forgetRowsOfRls(state: Rls): Rls {
  const { options, coefficients, jump } = state
  return {
    ...state,
    covariance: plainNumbers(unknownCovariance(coefficients.length, options.prior)),
    jump: { ...jump, age: 0, hits: 0, counted: 0, variance: 0, varianceBefore: 0 },
  }
}

type Work = Omit<Rls, 'covariance' | 'coefficients'> & {
  covariance: Float64Array
  coefficients: Float64Array
}

function unpack(state: Rls): Work {
  return {
    ...state,
    covariance: new Float64Array(state.covariance),
    coefficients: new Float64Array(state.coefficients),
  }
}

function unknownCovariance(d: number, prior: number): Float64Array {
  const covariance = new Float64Array(triangle(d))
  for (let i = 0; i < d; i += 1) covariance[rowAt(i) + i] = prior
  return covariance
}

/** `values` has the target first. */
function learnRow(work: Work, values: Float64Array): Learnt {
  const { jump: rule, prior, forgetting } = work.options
  const { coefficients } = work
  const d = coefficients.length
  const target = values[0] ?? 0
  const x = values
  x[0] = 1
  let said = 0
  for (let j = 0; j < d; j += 1) said += (coefficients[j] ?? 0) * (x[j] ?? 0)
  const error = target - said
  let learning = error
  let jumped = false
  if (rule !== null) {
    const { state, verdict } = judgeError(work.jump, rule, d, { error, target })
    work.jump = state
    jumped = verdict.kind === 'jump'
    if (verdict.kind === 'unusual') learning = Math.sign(error) * verdict.limit
    if (jumped) work.covariance = unknownCovariance(d, prior)
  }
  work.rows += 1
  const px = product(work.covariance, x)
  let excitation = 0
  for (let j = 0; j < d; j += 1) excitation += (px[j] ?? 0) * (x[j] ?? 0)
  const denominator = forgetting + excitation
  for (let i = 0; i < d; i += 1) {
    const gain = (px[i] ?? 0) / denominator
    coefficients[i] = (coefficients[i] ?? 0) + gain * learning
    const row = rowAt(i)
    for (let j = 0; j <= i; j += 1) {
      const entry = (work.covariance[row + j] ?? 0) - gain * (px[j] ?? 0)
      work.covariance[row + j] = entry / forgetting
    }
  }
  keepBounded(work, prior)
  return { kind: 'learnt', error, jumped }
}

/** P x for the lower triangle of P. */
function product(covariance: Float64Array, x: Float64Array): Float64Array {
  const d = x.length
  const result = new Float64Array(d)
  for (let i = 0; i < d; i += 1) {
    const row = rowAt(i)
    let sum = 0
    for (let j = 0; j < i; j += 1) {
      const entry = covariance[row + j] ?? 0
      sum += entry * (x[j] ?? 0)
      result[j] = (result[j] ?? 0) + entry * (x[i] ?? 0)
    }
    result[i] = (result[i] ?? 0) + sum + (covariance[row + i] ?? 0) * (x[i] ?? 0)
  }
  return result
}

/** Against wind-up, see `learnRls`; a covariance that rounding has made no covariance starts again. */
function keepBounded(work: Work, prior: number): void {
  const { covariance, coefficients } = work
  const d = coefficients.length
  for (let k = 0; k < d; k += 1) {
    const variance = covariance[rowAt(k) + k] ?? 0
    if (!(variance > 0)) {
      work.covariance = unknownCovariance(d, prior)
      return
    }
    if (variance <= 2 * prior) continue
    const column = Float64Array.from({ length: d }, (_, i) =>
      i < k ? (covariance[rowAt(k) + i] ?? 0) : (covariance[rowAt(i) + k] ?? 0),
    )
    const share = (1 - prior / variance) / variance
    for (let i = 0; i < d; i += 1) {
      const row = rowAt(i)
      for (let j = 0; j <= i; j += 1) {
        covariance[row + j] =
          (covariance[row + j] ?? 0) - share * (column[i] ?? 0) * (column[j] ?? 0)
      }
    }
  }
}
