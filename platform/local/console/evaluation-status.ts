/** What evaluate has found of a series, as the console shows it. Errors are in units of the target. */
export interface EvaluationStatus {
  readonly series: string
  readonly models: readonly ModelEvaluation[]
  /** The forecasts that a model must beat; null when there is nothing to average. */
  readonly baselines: readonly {
    readonly name: string
    readonly mae: number | null
    readonly count: number
  }[]
  /** What to mark in the curve of errors, oldest first. */
  readonly marks: readonly {
    readonly timestamp: string
    readonly kind: 'drift' | 'decision'
    readonly text: string
  }[]
  /** The newest first. */
  readonly decisions: readonly {
    /** The newest row that was counted then. */
    readonly timestamp: string
    readonly kind: string
    readonly model: string
    readonly by: string
    /** The numbers that decided. */
    readonly why: string
  }[]
}

interface ModelEvaluation {
  readonly model: string
  readonly isChampion: boolean
  readonly all: Errors
  /** Of the newest 500 rows. */
  readonly recent: Errors
  /** Share of targets that the intervals held; null before there was one. */
  readonly coverage: number | null
  /** Half the width of the next interval. */
  readonly margin: number | null
  readonly late: number
  readonly unscored: number
  /** The newest first. */
  readonly versions: readonly (Errors & { readonly version: number; readonly isRefused: boolean })[]
}

interface Errors {
  readonly count: number
  readonly mae: number | null
  readonly rmse: number | null
}
