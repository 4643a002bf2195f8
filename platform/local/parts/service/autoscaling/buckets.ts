/** How the values of a window become one. */
export type Aggregation = 'linear' | 'weighted-exponential'

/** Values of one second each, kept for a window: the average of a second without a value counts it as 0. */
export interface Buckets {
  /** Adds to the second that a time lies in; what is older than the window is let go. */
  readonly record: (now: number, value: number) => void
  /** Over the seconds since the first value of the window, at most the window; 0 after a silent one. */
  readonly average: (now: number) => number
  /** Whether nothing was recorded for a window. */
  readonly isEmpty: (now: number) => boolean
}

/** What one bucket stands for, milliseconds of the platform's clock. */
export const BUCKET_MS = 1_000

const SMALLEST_WEIGHT = 0.2
const SUM_OF_WEIGHTS = 0.9999
const DIGITS = 1e6

/**
 * The windows of Knative's autoscaler, as `pkg/autoscaler/aggregation/bucketing.go` of knative/serving v1.23.0 keeps
 * them. `windowMs` is a whole number of buckets.
 */
export function createBuckets(windowMs: number, aggregation: Aggregation = 'linear'): Buckets {
  const length = Math.ceil(windowMs / BUCKET_MS)
  const values = new Float64Array(length)
  let total = 0
  let first = Infinity
  let last = -Infinity
  const at = (second: number) => ((second % length) + length) % length
  const valueOf = (second: number) => values[at(second)] ?? 0
  const clear = (from: number, to: number) => {
    for (let second = from; second <= to; second++) {
      total -= valueOf(second)
      values[at(second)] = 0
    }
  }
  const secondOf = (now: number) => Math.floor(now / BUCKET_MS)

  const linear = (second: number) => {
    const silent = Math.max(0, second - last)
    let sum = total
    for (let gone = last + 1; gone <= second; gone++) sum -= valueOf(gone)
    const counted = Math.min(last - first + 1, length - silent)
    return Math.round((sum / counted) * DIGITS) / DIGITS
  }
  const weighted = (second: number) => {
    const coefficient = weightOf(length)
    const silent = Math.max(0, second - last)
    let weight = coefficient * (1 - coefficient) ** silent
    let sum = 0
    for (let back = 0; back < length - silent; back++) {
      sum += valueOf(last - back) * weight
      weight *= 1 - coefficient
    }
    return sum
  }

  return {
    record(now, value) {
      const second = secondOf(now)
      if (second + length <= last) return
      if (second - last >= length) {
        values.fill(0)
        total = 0
        first = second
      } else if (second > last) {
        clear(last + 1, second)
      }
      first = Math.min(first, second)
      last = Math.max(last, second)
      values[at(second)] = valueOf(second) + value
      total += value
    },
    average(now) {
      const second = secondOf(now)
      if (aggregation === 'linear') return second - last < length ? linear(second) : 0
      return second - last > length ? 0 : weighted(second)
    },
    isEmpty: (now) => secondOf(now) - last > length,
  }
}

/** How fast the weight of a second falls with its age. */
function weightOf(length: number): number {
  return Math.max(1 - (1 - SUM_OF_WEIGHTS) ** (1 / length), SMALLEST_WEIGHT)
}
