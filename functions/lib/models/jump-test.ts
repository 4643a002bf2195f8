import { bounded } from './limits.ts'

/** How large an error must be to say that the relation itself has changed. */
export interface JumpRule {
  /** An error is unusual beyond this many standard deviations of the usual errors. */
  threshold: number
  /** Unusual errors in succession that make a jump: 1 on clean streams, 2 where single outliers occur. */
  confirm: number
}

/** The usual size of a learner's errors; plain JSON. */
export interface JumpState {
  /** Rows learnt since the last jump. */
  age: number
  /** Unusual errors in succession up to now. */
  hits: number
  /** Errors that `variance` has seen since the last jump, and their mean square, the newest 50 or so. */
  counted: number
  variance: number
  /** `variance` as it was at the last jump; 0 before the first. */
  varianceBefore: number
  /** Targets seen, their mean and their variance, the newest 1,000 or so. */
  targets: number
  targetMean: number
  targetVariance: number
}

export type Verdict =
  | { kind: 'usual' }
  /** Perhaps an outlier: learn it as if the error were no larger than `limit`. */
  | { kind: 'unusual'; limit: number }
  /** The error that was too large, and the standard deviation of the usual ones before. */
  | { kind: 'jump'; size: number; usual: number }

const ERROR_MEMORY = 50
const TARGET_MEMORY = 1_000
/** With fewer errors their standard deviation is too uncertain to be multiplied by 8. */
const ERRORS_NEEDED = 20
/**
 * An outlier counts as so many usual errors or standard deviations of the target: the next must not pass for usual.
 */
const OUTLIER = 3
/** With fewer targets nothing is known of outliers among them. */
const TARGETS_NEEDED = 20
/** The usual error is never taken for less than this share of the target's standard deviation. */
const FLOOR = 1e-3
/** Errors of the size of rounding are no news: of a constant target, of a relation without noise. */
const ROUNDING = 1e-9

export function newJumpState(): JumpState {
  return {
    age: 0,
    hits: 0,
    counted: 0,
    variance: 0,
    varianceBefore: 0,
    targets: 0,
    targetMean: 0,
    targetVariance: 0,
  }
}

/**
 * Judges the error of a row that is about to be learnt by a model of `dimensions` coefficients.
 *
 * A jump needs an age of more than 2 `dimensions`, 20 errors since the model was determined, and `confirm` errors in
 * succession of more than `threshold` standard deviations. It is also a jump when the usual error after the last one
 * settled far above the one before it: what was learnt since is then of two relations.
 */
export function judgeError(
  state: JumpState,
  rule: JumpRule,
  dimensions: number,
  row: { error: number; target: number },
): { state: JumpState; verdict: Verdict } {
  const error = Math.abs(bounded(row.error))
  const usual = usualError(state, state.variance)
  const limit = rule.threshold * usual
  const isTested = state.age > 2 * dimensions && state.counted >= ERRORS_NEEDED
  const hits = isTested && error > limit ? state.hits + 1 : 0
  const isMixed =
    state.counted === ERRORS_NEEDED &&
    state.varianceBefore > 0 &&
    usual > rule.threshold * usualError(state, state.varianceBefore)
  const next = withTarget({ ...state, age: state.age + 1 }, row.target)
  if (hits >= rule.confirm || isMixed) {
    const before = isMixed ? usualError(state, state.varianceBefore) : usual
    const varianceBefore = isMixed ? 0 : state.variance
    return {
      state: { ...next, age: 1, hits: 0, counted: 0, variance: 0, varianceBefore },
      verdict: { kind: 'jump', size: Math.max(error, usual), usual: before },
    }
  }
  // Until a model has clearly more rows than coefficients its errors say how few rows it has.
  if (state.age > 1.5 * dimensions) {
    const counted = hits > 0 ? OUTLIER * usual : error
    next.counted = Math.min(state.counted + 1, ERROR_MEMORY)
    next.variance += (counted ** 2 - next.variance) / next.counted
  }
  const verdict: Verdict = hits > 0 ? { kind: 'unusual', limit } : { kind: 'usual' }
  return { state: { ...next, hits }, verdict }
}

function usualError({ targetMean, targetVariance }: JumpState, variance: number): number {
  return Math.max(
    Math.sqrt(variance),
    FLOOR * Math.sqrt(targetVariance),
    ROUNDING * Math.abs(targetMean),
    Number.MIN_VALUE,
  )
}

function withTarget(state: JumpState, target: number): JumpState {
  const targets = Math.min(state.targets + 1, TARGET_MEMORY)
  const given = target - state.targetMean
  const isKnown = state.targets >= TARGETS_NEEDED && state.targetVariance > 0
  const reach = isKnown ? OUTLIER * Math.sqrt(state.targetVariance) : Infinity
  const deviation = Math.sign(given) * Math.min(Math.abs(given), reach)
  const share = 1 / targets
  return {
    ...state,
    targets,
    targetMean: state.targetMean + share * deviation,
    targetVariance: (1 - share) * (state.targetVariance + share * deviation * deviation),
  }
}
