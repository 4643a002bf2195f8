import { mean } from './formula.ts'
import type { Bucket } from './formula.ts'

/** The seed's window, in samples of a second each. */
const WINDOW = 30

/**
 * The expression of the seed's panel, `(avg:target − avg:prediction)²` with a moving average of 30, of the buckets up to
 * each one, without it; null before there is one.
 */
export function seedExpression(buckets: readonly Bucket[]): (number | null)[] {
  const squares: number[] = []
  return buckets.map(({ target = [], prediction = [] }) => {
    const before = mean(squares.slice(-WINDOW))
    const [averageTarget, averagePrediction] = [mean(target), mean(prediction)]
    if (averageTarget !== null && averagePrediction !== null) {
      squares.push((averageTarget - averagePrediction) ** 2)
    }
    return before
  })
}
