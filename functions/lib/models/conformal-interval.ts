import { bounded } from './limits.ts'

export interface ConformalOptions {
  /** The share of targets that intervals are to hold, below 1. */
  level: number
  /** How far one target moves the aim of the next intervals. */
  rate: number
  /** Errors remembered. */
  memory: number
}

/** What prediction intervals are made of, for one model and horizon of one series; plain JSON. */
export interface ConformalState {
  options: ConformalOptions
  /** The newest absolute errors, to six digits, oldest first. */
  errors: number[]
  /** The share of misses aimed at now: below 0 every interval is too narrow, above 1 too wide. */
  aim: number
  /** Intervals whose targets have come, and how many of these they held. */
  judged: number
  held: number
}

/** Half the width of the next intervals; `capped` when errors say only "farther than ever". */
export interface Margin {
  width: number
  capped: boolean
}

export interface Interval {
  lower: number
  upper: number
}

/** Twice the largest error stands for an infinite interval, which nothing could show. */
const CAP = 2
const DIGITS = 6
/** Late targets can bring the aim below 0; capped intervals that miss must not sink it for ever. */
const LOWEST_AIM = -1
/** A model that errs no more must not need a hundred misses to get an interval when it errs again. */
const HIGHEST_AIM = 0.5

export function newConformal(options: Partial<ConformalOptions> = {}): ConformalState {
  const chosen = { level: 0.9, rate: 0.01, memory: 500, ...options }
  return { options: chosen, errors: [], aim: 1 - chosen.level, judged: 0, held: 0 }
}

/**
 * The margin for the next predictions; undefined before there are errors enough for the level (9 for 90 %).
 *
 * The split conformal quantile: the `ceil((1 - aim)(n + 1))`-th smallest of n errors (Vovk, Gammerman and Shafer,
 * Algorithmic Learning in a Random World, 2005).
 */
export function marginOf({ options, errors, aim }: ConformalState): Margin | undefined {
  const n = errors.length
  // 1 - .9 is a rounding error less than .1.
  if ((n + 1) * (1 - options.level) < 1 - 1e-9) return undefined
  const sorted = Float64Array.from(errors).toSorted()
  const rank = Math.ceil((1 - aim) * (n + 1) - 1e-9)
  const width = sorted[rank - 1]
  return width === undefined
    ? { width: CAP * (sorted[n - 1] ?? 0), capped: true }
    : { width, capped: false }
}

/** The interval around a prediction; undefined without a margin, or where it would leave the numbers. */
export function intervalAround(
  prediction: number,
  margin: Pick<Margin, 'width'> | undefined,
): Interval | undefined {
  if (margin === undefined) return undefined
  const lower = prediction - margin.width
  const upper = prediction + margin.width
  return Number.isFinite(lower) && Number.isFinite(upper) ? { lower, upper } : undefined
}

/**
 * Takes a target that has come, with the interval that was given for it, or undefined if none was.
 *
 * Adaptive conformal inference (Gibbs and Candès, arXiv 2106.00170): with a = 1 - level, a miss lowers the aim by
 * `rate * (1 - a)`, a hit raises it by `rate * a`. The steps telescope, so that on any data the share of misses among
 * T targets that come D steps late differs from a by at most `(1 - a + (D + 1) rate) / (rate T)`, as long as no
 * capped interval misses and the aim stays under one half.
 */
export function observeTarget(
  state: ConformalState,
  outcome: { prediction: number; target: number; interval: Interval | undefined },
): ConformalState {
  const { prediction, target, interval } = outcome
  const { options } = state
  const error = Number(Math.abs(bounded(target - prediction)).toPrecision(DIGITS))
  const errors = [...state.errors.slice(1 - options.memory), error]
  if (interval === undefined) return { ...state, errors }
  const isHeld = target >= interval.lower && target <= interval.upper
  const step = options.rate * (1 - options.level - (isHeld ? 0 : 1))
  return {
    options,
    errors,
    aim: Math.max(LOWEST_AIM, Math.min(HIGHEST_AIM, state.aim + step)),
    judged: state.judged + 1,
    held: state.held + (isHeld ? 1 : 0),
  }
}
