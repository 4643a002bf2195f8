import type { WindowSize } from './rows.ts'

/** A model that `eventing/models.yaml` declares: what is trained and served for which series. */
export interface DeclaredModel {
  name: string
  series: string
  algorithm: 'ridgecv'
  /** The rows a batch model is fitted on: those of a duration, or a number of them, up to the newest complete row. */
  window: WindowSize
  /** Fewer complete rows make no version. Never under the number of features + 2. */
  minimumRows: number
  /** What a feature that a row lacks counts as: zero (the seed system's rule), or no prediction. */
  missing: 'zero' | 'refuse'
  /** Milliseconds between rows. */
  cadence: number
  /** Milliseconds of event time after which a row is learnt although its prediction has not come. */
  grace: number
}
