import type { Score } from '../events.ts'

/**
 * The scores, one document per (series, timestamp) with all models and horizons.
 *
 * `put` replaces the score of its (series, timestamp, model, horizon) and touches no other; repeating it changes
 * nothing. Durable when it resolves; rejects with a `RetryableError` when the store cannot be reached or written.
 */
export interface Scores {
  put(scores: readonly Score[]): Promise<void>
  /** The newest `rows` scored rows of a series by timestamp, oldest first, every model's scores of each. */
  newest(series: string, rows: number): Promise<Score[]>
  /** The scores of the first `rows` scored rows after a timestamp (null: of all), oldest first, every model's of each. */
  after(series: string, after: string | null, rows: number): Promise<Score[]>
}
