import { bounded } from './limits.ts'

/** Losses of two models on the same rows and horizons, oldest first. */
export interface PairedLosses {
  champion: readonly number[]
  challenger: readonly number[]
}

export interface PromotionRule {
  /** Steps ahead of the predictions; 1 for one of its own moment. */
  horizon: number
  /** Pairs needed; with the horizon, at least 5 of them. */
  minimum: number
  /** How much smaller the challenger's mean loss must be, as a share of the champion's. */
  margin: number
  /** How many standard errors the difference must be. */
  certainty: number
}

/** The numbers that decide, for the audit trail. All finite. */
interface Comparison {
  pairs: number
  championLoss: number
  challengerLoss: number
  /** Mean of champion's less challenger's loss, and its standard error. */
  advantage: number
  standardError: number
}

export type PromotionVerdict =
  | { kind: 'better'; by: 'margin' | 'collapse'; comparison: Comparison }
  | { kind: 'not-better'; why: 'too-few' | 'margin' | 'chance'; comparison: Comparison }

const DEFAULT_RULE: PromotionRule = { horizon: 1, minimum: 200, margin: 0.01, certainty: 2 }
/** After a jump the question is not whether, but who: fewer pairs, a far larger difference. */
const COLLAPSE = { minimum: 20, ratio: 0.5 }

/**
 * Whether a challenger is better than the champion: on enough pairs, by more than a margin, and by more than chance.
 *
 * The difference of the losses is tested as by Diebold and Mariano (1995), its variance after Newey and West.
 */
export function comparePair(
  losses: PairedLosses,
  options: Partial<PromotionRule> = {},
): PromotionVerdict {
  const { horizon, minimum, margin, certainty } = { ...DEFAULT_RULE, ...options }
  const comparison = compare(losses, horizon)
  const { pairs, advantage, championLoss, standardError } = comparison
  const notBetter = (why: 'too-few' | 'margin' | 'chance'): PromotionVerdict => ({
    kind: 'not-better',
    why,
    comparison,
  })
  if (pairs < Math.max(minimum, 5 * horizon)) return notBetter('too-few')
  if (!(advantage > margin * championLoss)) return notBetter('margin')
  if (!(advantage > certainty * standardError)) return notBetter('chance')
  return { kind: 'better', by: 'margin', comparison }
}

/**
 * The fast way after a drift alarm, on the pairs since the alarm: 20, or `minimum`, are enough when the champion's loss
 * is more than twice the challenger's.
 */
export function compareAfterDrift(
  losses: PairedLosses,
  {
    horizon = 1,
    minimum = COLLAPSE.minimum,
  }: Partial<Pick<PromotionRule, 'horizon' | 'minimum'>> = {},
): PromotionVerdict {
  const comparison = compare(losses, horizon)
  const { pairs, championLoss, challengerLoss } = comparison
  if (pairs < minimum) return { kind: 'not-better', why: 'too-few', comparison }
  if (!(challengerLoss < COLLAPSE.ratio * championLoss)) {
    return { kind: 'not-better', why: 'margin', comparison }
  }
  return { kind: 'better', by: 'collapse', comparison }
}

/** Whether a champion has served long enough to be judged again: not before `dwell` rows. */
export function hasDwelt(rowsServed: number, dwell = 200): boolean {
  return rowsServed >= dwell
}

/**
 * The variance of the mean of a series whose neighbours are correlated up to `lags` apart, with Bartlett's weights:
 * never negative (Newey and West, Econometrica 55, 1987).
 */
export function neweyWestVariance(values: readonly number[], lags: number): number {
  const n = values.length
  if (n === 0) return 0
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const deviations = Float64Array.from(values, (value) => value - mean)
  let sum = 0
  for (let lag = 0; lag <= Math.min(lags, n - 1); lag += 1) {
    let product = 0
    for (let i = lag; i < n; i += 1) product += (deviations[i] ?? 0) * (deviations[i - lag] ?? 0)
    sum += (lag === 0 ? 1 : 2 * (1 - lag / (lags + 1))) * product
  }
  return Math.max(0, sum) / (n * n)
}

/**
 * Forecasts h steps ahead overlap h - 1 times; losses are correlated beyond that where the series is, so that at least
 * the lags that Newey and West (1994) advise for the number of pairs are counted.
 */
function compare({ champion, challenger }: PairedLosses, horizon: number): Comparison {
  const pairs = Math.min(champion.length, challenger.length)
  const ours = champion.slice(0, pairs).map(bounded)
  const theirs = challenger.slice(0, pairs).map(bounded)
  const differences = ours.map((loss, index) => loss - (theirs[index] ?? 0))
  const lags = Math.max(horizon - 1, Math.floor(4 * (pairs / 100) ** (2 / 9)))
  return {
    pairs,
    championLoss: average(ours),
    challengerLoss: average(theirs),
    advantage: average(differences),
    standardError: Math.sqrt(neweyWestVariance(differences, lags)),
  }
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
