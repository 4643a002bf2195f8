import type { StoredRow } from '../lib/events.ts'
import type { FittedModel } from '../lib/models/linear-model.ts'
import { fitRidgeCv } from '../lib/models/ridge-cv.ts'

/** A model fitted on a window, or why there is none. */
export type Trained =
  | { kind: 'trained'; model: FittedModel; leftOut: string[] }
  | { kind: 'too-few'; rows: number; needed: number; leftOut: string[] }
  | { kind: 'too-much'; rows: number; features: number }
  | { kind: 'not-finite' }

/** Rows and features by features by features: some 30 seconds of one processor, of the minute that a request has. */
const MOST_WORK = 1e9

/**
 * Fits a model on a window of rows, oldest first, each with a target: RidgeCV on what `designOf` takes of them, unless
 * that would take longer than a request may.
 */
export function train(window: readonly StoredRow[], minimumRows: number): Trained {
  const design = designOf(window, minimumRows)
  if (design.kind === 'too-few') return design
  const { features, leftOut, columns, y } = design
  if ((y.length + features.length) * features.length ** 2 > MOST_WORK) {
    return { kind: 'too-much', rows: y.length, features: features.length }
  }
  const { alpha, coefficients, intercept, looError, r2 } = fitRidgeCv(columns, y)
  if (![...coefficients, intercept, looError, r2].every(Number.isFinite)) {
    return { kind: 'not-finite' }
  }
  return {
    kind: 'trained',
    leftOut,
    model: {
      algorithm: 'ridgecv',
      features,
      coefficients,
      intercept,
      alpha,
      looError,
      r2,
      rows: y.length,
      window: design.window,
    },
  }
}

/** What a model is fitted on: the features, one array each, and the target, of rows in their order. */
export interface Design {
  kind: 'design'
  features: string[]
  leftOut: string[]
  columns: Float64Array[]
  y: Float64Array
  /** The timestamps of the first row and the last. */
  window: { from: string; through: string }
}

/**
 * The rows of a window that a model is fitted on, oldest first.
 *
 * The features are those that at least half of the rows have, in their natural order (`feat_2` before `feat_10`): one row
 * with one feature more must not stop the training. Rows that lack one are left out, as the seed system's `dropna` does.
 * At least `minimumRows`, and features + 2, must remain. `leftOut` names the features that too few rows have.
 */
export function designOf(
  window: readonly StoredRow[],
  minimumRows: number,
): Design | Extract<Trained, { kind: 'too-few' }> {
  const { features, leftOut } = featuresOf(window)
  const rows = window.filter((row) => features.every((name) => row.features[name] !== undefined))
  const needed = Math.max(minimumRows, features.length + 2)
  const first = rows[0]
  const last = rows.at(-1)
  if (rows.length < needed || first === undefined || last === undefined) {
    return { kind: 'too-few', rows: rows.length, needed, leftOut }
  }
  return {
    kind: 'design',
    features,
    leftOut,
    columns: features.map((name) =>
      Float64Array.from(rows, (row) => row.features[name] ?? Number.NaN),
    ),
    y: Float64Array.from(rows, (row) => row.target ?? Number.NaN),
    window: { from: first.timestamp, through: last.timestamp },
  }
}

function featuresOf(window: readonly StoredRow[]): { features: string[]; leftOut: string[] } {
  const counts = new Map<string, number>()
  for (const row of window) {
    for (const name of Object.keys(row.features)) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const names = inNaturalOrder([...counts.keys()])
  const isCommon = (name: string): boolean => 2 * (counts.get(name) ?? 0) >= window.length
  return {
    features: names.filter(isCommon),
    leftOut: names.filter((name) => !isCommon(name)),
  }
}

/** Names of features as people count them: `feat_2` before `feat_10`. The order they come in decides nothing. */
export function inNaturalOrder(names: readonly string[]): string[] {
  const { compare } = new Intl.Collator('en', { numeric: true })
  return names.toSorted((a, b) => compare(a, b) || (a < b ? -1 : 1))
}
