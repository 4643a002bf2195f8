import { bounded } from '../lib/models/limits.ts'

/**
 * How well a learner predicted the newest 500 rows or so, each before it was learnt; plain JSON. Means, in squares of
 * the target's unit, and the mean of the targets.
 */
export interface Prequential {
  rows: number
  squaredError: number
  targetMean: number
  targetVariance: number
}

const MEMORY = 500
/** Predictions that are so much worse than the mean say nothing by how much. */
const LOWEST = -1e6

export function newPrequential(): Prequential {
  return { rows: 0, squaredError: 0, targetMean: 0, targetVariance: 0 }
}

/** Takes the error, target minus prediction, of the next row. */
export function withError(before: Prequential, error: number, target: number): Prequential {
  const rows = before.rows + 1
  const share = 1 / Math.min(rows, MEMORY)
  const deviation = target - before.targetMean
  return {
    rows,
    squaredError: before.squaredError + share * (bounded(error) ** 2 - before.squaredError),
    targetMean: before.targetMean + share * deviation,
    targetVariance: (1 - share) * (before.targetVariance + share * deviation * deviation),
  }
}

/** R² of those predictions: 1 is without error, 0 as good as the mean; 0 too as long as the targets are all the same. */
export function prequentialR2({ squaredError, targetVariance }: Prequential): number {
  if (targetVariance === 0) return 0
  return Math.max(LOWEST, 1 - squaredError / targetVariance)
}
