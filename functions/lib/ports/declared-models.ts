import type { WindowSize } from './rows.ts'

/** A model that `eventing/models.yaml` declares: what is trained and served for which series. */
export type DeclaredModel = BatchModel | OnlineModel

/** Whether a declared model is fitted on windows of rows; the others learn row by row. */
export function isBatch(declaration: DeclaredModel): declaration is BatchModel {
  return 'window' in declaration
}

interface Declared {
  name: string
  series: string
  /** What a feature that a row lacks counts as: zero (the seed system's rule), or no prediction. */
  missing: 'zero' | 'refuse'
  /** Milliseconds between rows. */
  cadence: number
  /** Milliseconds of event time after which a row is learnt although its prediction, or a row before it, has not come. */
  grace: number
  /** Rows in a season of the series, for the seasonal naive baseline; null: it has none. */
  season: number | null
  triggers: Triggers
}

/** What makes a version, besides a command: each trigger makes one. */
interface Triggers {
  tick: boolean
  /** A drift in this model's own errors. */
  drift: boolean
  /** Each so many rows; null: never. */
  every: number | null
}

/** A model that is fitted anew on a window of rows. */
export interface BatchModel extends Declared {
  algorithm: 'ridgecv' | 'mlp'
  /** The rows it is fitted on: those of a duration, or a number of them, up to the newest complete row. */
  window: WindowSize
  /** Fewer complete rows make no version. Never under the number of features + 2. */
  minimumRows: number
}

/** A model that learns row by row; its versions are snapshots. */
export interface OnlineModel extends Declared {
  algorithm: 'rls' | 'gram-ridge'
  /** What a row's weight is multiplied by with every later row: 1 never forgets. */
  forgetting: number
  /** When the relation itself is taken to have changed (`jump-test.ts`); null: never. */
  jump: { threshold: number; confirm: number } | null
}
