/** What a model said, at one row of a series, of times to come. */
export interface Forecast {
  series: string
  /** The timestamp of the newest row the forecast was made from: its key, with series and model. */
  origin: string
  model: string
  version: number
  /** The newest row the model had learnt; null if it had learnt none. */
  trainedThrough: string | null
  stateRevision?: number
  /** One for each horizon, the nearest first. */
  steps: ForecastStep[]
}

interface ForecastStep {
  /** What the prediction is of. */
  timestamp: string
  /** How many rows after the origin that is: 1 or more. */
  horizon: number
  prediction: number
  /** Bounds of the interval at `level`, where the model gives one. */
  lower: number | null
  upper: number | null
  level: number | null
}

/**
 * The forecasts, one per (series, origin, model), of which the first stays: so an event that comes again causes no new
 * one, and what is published again is what was published first.
 *
 * `put` answers the forecasts as they are stored then, in the order they were given, one for each; repeating it changes
 * nothing. Durable when it resolves; seven days count from the first `put`, by the store's clock. Rejects with a
 * `RetryableError` when the store cannot be reached or written.
 */
export interface Forecasts {
  put(forecasts: readonly Forecast[]): Promise<Forecast[]>
  /** A series' forecasts of the models that have one at this origin, by model. */
  at(series: string, origin: string): Promise<Forecast[]>
  /**
   * A series' forecasts with a step in `from <= timestamp <= through`, whole, oldest origin first and then by model; of
   * more than `limit` those with the newest origins.
   */
  covering(
    series: string,
    span: { from: string; through: string },
    limit: number,
  ): Promise<Forecast[]>
}
