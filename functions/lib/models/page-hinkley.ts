import { isUsable } from './limits.ts'

export interface PageHinkleyOptions {
  /** Values seen before the first alarm. */
  minimum: number
  /** Increases of the mean up to this much are of no interest. */
  delta: number
  /** The alarm is given when the statistic exceeds this. */
  threshold: number
  /** What the sum is multiplied by before each value: the far past counts less. */
  forgetting: number
}

/** Plain JSON. */
export interface PageHinkley {
  options: PageHinkleyOptions
  count: number
  mean: number
  sum: number
  lowest: number
}

/** A detector that has seen nothing. The defaults are River's. */
export function newPageHinkley(options: Partial<PageHinkleyOptions> = {}): PageHinkley {
  const defaults = { minimum: 30, delta: 0.005, threshold: 50, forgetting: 0.9999 }
  return { options: { ...defaults, ...options }, count: 0, mean: 0, sum: 0, lowest: 0 }
}

/**
 * Page's test for an increase of the mean (Biometrika 41, 1954), as River has it with `mode: up`: the sum of what
 * values exceed the mean so far and `delta` by, less its lowest value so far, is the statistic. After an alarm it
 * starts anew; a value that is no number of at most 1e50 is passed over.
 */
export function watchMean(
  before: PageHinkley,
  value: number,
): { state: PageHinkley; alarm: boolean; statistic: number } {
  if (!isUsable(value)) return { state: before, alarm: false, statistic: 0 }
  const { options } = before
  const count = before.count + 1
  const mean = before.mean + (value - before.mean) / count
  const sum = options.forgetting * before.sum + value - mean - options.delta
  const lowest = count === 1 ? sum : Math.min(before.lowest, sum)
  const statistic = sum - lowest
  const alarm = count >= options.minimum && statistic > options.threshold
  const state = alarm ? newPageHinkley(options) : { options, count, mean, sum, lowest }
  return { state, alarm, statistic }
}
