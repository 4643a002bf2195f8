/** How one model did on one series. */
export interface ModelSummary {
  readonly series: string
  readonly model: string
  readonly horizon: number
  /** Rows whose prediction was scored and counts. */
  readonly scored: number
  /** Scores that do not count: the model may have learnt the row. */
  readonly late: number
  /** Over the scores that count; null when there is none. */
  readonly meanSquaredError: number | null
  readonly meanAbsoluteError: number | null
}

/** What a store holds. */
export interface StoreSummary {
  readonly rows: number
  /** Rows with a target. */
  readonly complete: number
  /** Complete rows with a score of some model that counts, and those without. */
  readonly scored: number
  readonly unscored: number
  /** By series, model and horizon. */
  readonly models: readonly ModelSummary[]
}
