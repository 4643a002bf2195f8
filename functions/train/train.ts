import type { StoredRow } from '../lib/events.ts'
import type { LinearModel } from '../lib/models/linear-model.ts'
import { fitRidgeCv } from '../lib/models/ridge-cv.ts'

/** A model fitted on a window, or why there is none. */
export type Trained =
  | { kind: 'trained'; model: LinearModel }
  | { kind: 'too-few'; rows: number; needed: number }
  | { kind: 'not-finite' }

/**
 * Fits a model on a window of rows, oldest first, each with a target.
 *
 * The features are those of all rows, in their natural order (`feat_2` before `feat_10`); rows that lack one are left
 * out, as the seed system's `dropna` does. At least `minimumRows`, and features + 2, must remain.
 */
export function train(window: readonly StoredRow[], minimumRows: number): Trained {
  const features = featuresOf(window)
  const rows = window.filter((row) => features.every((name) => row.features[name] !== undefined))
  const needed = Math.max(minimumRows, features.length + 2)
  const first = rows[0]
  const last = rows.at(-1)
  if (rows.length < needed || first === undefined || last === undefined) {
    return { kind: 'too-few', rows: rows.length, needed }
  }
  const columns = features.map((name) =>
    Float64Array.from(rows, (row) => row.features[name] ?? Number.NaN),
  )
  const y = Float64Array.from(rows, (row) => row.target ?? Number.NaN)
  const { alpha, coefficients, intercept, looError, r2 } = fitRidgeCv(columns, y)
  if (![...coefficients, intercept, looError, r2].every(Number.isFinite)) {
    return { kind: 'not-finite' }
  }
  return {
    kind: 'trained',
    model: {
      algorithm: 'ridgecv',
      features,
      coefficients,
      intercept,
      alpha,
      looError,
      r2,
      rows: rows.length,
      window: { from: first.timestamp, through: last.timestamp },
    },
  }
}

function featuresOf(window: readonly StoredRow[]): string[] {
  const names = new Set<string>()
  for (const row of window) for (const name of Object.keys(row.features)) names.add(name)
  const { compare } = new Intl.Collator('en', { numeric: true })
  return [...names].toSorted(compare)
}
