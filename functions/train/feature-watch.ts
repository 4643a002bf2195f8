import { isUsable } from '../lib/models/limits.ts'
import { inNaturalOrder } from './train.ts'

/** Which features the newest rows have that the learner does not know, and which of its own they lack; plain JSON. */
export interface FeatureWatch {
  /** By name, in how many successive rows up to the newest; 21 stands for all above. */
  appearing: Record<string, number>
  absent: Record<string, number>
}

/** One row with a feature more, or one less, is a slip of its producer; so many in succession are how rows are now. */
const ROWS_TO_BELIEVE = 20

export function newFeatureWatch(): FeatureWatch {
  return { appearing: {}, absent: {} }
}

/** Takes the next row. A new feature whose value no learner could take has not appeared. */
export function watchFeatures(
  { appearing, absent }: FeatureWatch,
  known: readonly string[],
  row: Readonly<Record<string, number>>,
): FeatureWatch {
  const names = new Set(known)
  const isNew = ([name, value]: [string, number]): boolean => !names.has(name) && isUsable(value)
  return {
    appearing: counted(
      appearing,
      Object.entries(row)
        .filter(isNew)
        .map(([name]) => name),
    ),
    absent: counted(
      absent,
      known.filter((name) => row[name] === undefined),
    ),
  }
}

/**
 * The features to go on with, in natural order; undefined when nothing changes: new ones once 20 successive rows had
 * them, without those that 20 successive rows lacked. Where a missing feature counts as zero a row without it lacks
 * nothing: there the absent ones go only when others come, as when all are renamed.
 */
export function featuresToGoOnWith(
  { appearing, absent }: FeatureWatch,
  known: readonly string[],
  missing: 'zero' | 'refuse',
): string[] | undefined {
  const come = believed(appearing)
  const gone = new Set(believed(absent))
  if (come.length === 0 && (missing === 'zero' || gone.size === 0)) return undefined
  return inNaturalOrder([...known.filter((name) => !gone.has(name)), ...come])
}

/** Whether it is with the newest row that a new feature is believed in. */
export function hasJustAppeared({ appearing }: FeatureWatch): boolean {
  return Object.values(appearing).includes(ROWS_TO_BELIEVE)
}

function believed(counts: Record<string, number>): string[] {
  return Object.keys(counts).filter((name) => (counts[name] ?? 0) >= ROWS_TO_BELIEVE)
}

function counted(before: Record<string, number>, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    names.map((name) => [name, Math.min((before[name] ?? 0) + 1, ROWS_TO_BELIEVE + 1)]),
  )
}
