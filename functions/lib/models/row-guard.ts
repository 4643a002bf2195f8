import { isUsable } from './limits.ts'
import type { LearningRow } from './online-learner.ts'

/**
 * What keeps a row that cannot be right from being learnt; plain JSON, the target first, then the features in order.
 */
export interface RowGuard {
  /** Rows let through since the scale was last taken. */
  rows: number
  /** The largest magnitude let through, of the target and of each feature. */
  largest: number[]
  /** Rows refused in succession because something in them was far beyond its largest. */
  strange: number
}

export type GuardedRow =
  | { kind: 'usable'; values: Float64Array; rescaled: boolean }
  | { kind: 'missing'; features: string[] }
  | { kind: 'out-of-range'; names: string[] }
  | { kind: 'strange'; names: string[] }

/** So far beyond everything seen, one row would outweigh millions of others. */
const STRANGE_FACTOR = 1e6
const ROWS_TO_KNOW_THE_SCALE = 10
const STRANGE_ROWS_TO_BELIEVE = 3

export function newRowGuard(features: number): RowGuard {
  return { rows: 0, largest: Array.from({ length: features + 1 }, () => 0), strange: 0 }
}

/**
 * Reads the target and then the features, in the order of `features`, and says whether they may be learnt.
 *
 * A value that is not finite or beyond 1e50 is never learnt. One that is a million times its largest so far is
 * refused as strange; the third strange row in succession is believed: the unit has changed (`rescaled`).
 */
export function guardRow(
  guard: RowGuard,
  features: readonly string[],
  row: LearningRow,
): { guard: RowGuard; row: GuardedRow } {
  const missing = features.filter((name) => row.features[name] === undefined)
  if (missing.length > 0) return { guard, row: { kind: 'missing', features: missing } }
  const values = new Float64Array(features.length + 1)
  values[0] = row.target
  for (const [index, name] of features.entries()) values[index + 1] = row.features[name] ?? 0
  const named = (isFaulty: (value: number, index: number) => boolean): string[] =>
    ['target', ...features].filter((_, index) => isFaulty(values[index] ?? 0, index))

  const outside = named((value) => !isUsable(value))
  if (outside.length > 0) return { guard, row: { kind: 'out-of-range', names: outside } }
  const strange =
    guard.rows < ROWS_TO_KNOW_THE_SCALE
      ? []
      : named((value, index) => {
          const largest = guard.largest[index] ?? 0
          return largest > 0 && Math.abs(value) > STRANGE_FACTOR * largest
        })
  if (strange.length > 0 && guard.strange + 1 < STRANGE_ROWS_TO_BELIEVE) {
    return {
      guard: { ...guard, strange: guard.strange + 1 },
      row: { kind: 'strange', names: strange },
    }
  }
  const rescaled = strange.length > 0
  const largest = guard.largest.map((before, index) =>
    Math.max(rescaled ? 0 : before, Math.abs(values[index] ?? 0)),
  )
  return {
    guard: { rows: rescaled ? 1 : guard.rows + 1, largest, strange: 0 },
    row: { kind: 'usable', values, rescaled },
  }
}
