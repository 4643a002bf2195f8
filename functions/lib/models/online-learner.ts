/** A row to learn from: what was known, and what came of it. */
export interface LearningRow {
  features: Readonly<Record<string, number>>
  target: number
}

/**
 * What became of a row.
 *
 * `error` is target minus what the state said before it learnt the row; `jumped` says that the error was beyond
 * anything usual, so that what was learnt before counts no more. A row that was not learnt left the coefficients as
 * they were.
 */
export type Learnt =
  | { kind: 'learnt'; error: number; jumped: boolean }
  | { kind: 'missing'; features: string[] }
  | { kind: 'out-of-range'; names: string[] }
  | { kind: 'strange'; names: string[] }

/** A linear function of the raw features: `intercept + sum of coefficients[j] * row[features[j]]`. */
export interface LinearForm {
  features: string[]
  coefficients: number[]
  intercept: number
}

/**
 * An online learner's state is written after every event, and has d(d+1)/2 numbers for d - 1 features: 400 features
 * make about 1.5 MB of JSON.
 */
const MOST_FEATURES = 400

/** Why these names cannot be the features of an online learner; undefined when they can. */
export function featuresFault(features: readonly string[]): string | undefined {
  if (features.length > MOST_FEATURES) {
    return `${features.length} features are too many to learn online: at most ${MOST_FEATURES}; use a batch model`
  }
  if (new Set(features).size !== features.length) {
    return 'a feature is named twice: name each feature of a learner once'
  }
  return undefined
}
