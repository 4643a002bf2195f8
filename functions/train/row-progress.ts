import type { StoredRow } from '../lib/events.ts'
import { isFromBeforeBeginning } from '../lib/models/event-order.ts'
import type { Pace } from '../lib/models/event-order.ts'
import { hasTimestamp, newTimestampSet, withTimestamp } from '../lib/models/timestamp-set.ts'
import type { TimestampSet } from '../lib/models/timestamp-set.ts'

/** Which rows of its series a model has taken, always in the order of their timestamps; plain JSON. */
export interface RowProgress {
  /** The newest row taken; null: none. */
  learntThrough: string | null
  /** Which rows were taken, and which were counted as too late. */
  learntRecently: TimestampSet
  tooLateRecently: TimestampSet
  /** Rows taken since it began anew, and those before that still count for `every`. */
  taken: number
  takenBefore: number
  /** Rows that came after later ones were taken: they are never learnt. */
  tooLate: number
}

export function newRowProgress(takenBefore = 0): RowProgress {
  return {
    learntThrough: null,
    learntRecently: newTimestampSet(),
    tooLateRecently: newTimestampSet(),
    taken: 0,
    takenBefore,
    tooLate: 0,
  }
}

/** The progress with one row more. */
export function withTaken<P extends RowProgress>(
  progress: P,
  timestamp: string,
  cadence: number,
): P {
  return {
    ...progress,
    learntThrough: timestamp,
    learntRecently: withTimestamp(progress.learntRecently, timestamp, cadence),
    taken: progress.taken + 1,
  }
}

/** Whether rows that have arrived say that the first ones taken were not the first of the series. */
export function isFalseStart(
  progress: RowProgress,
  arrived: readonly StoredRow[],
  pace: Pace,
): boolean {
  const { learntThrough: through, learntRecently: taken, taken: count } = progress
  if (through === null) return false
  return arrived.some(
    (row) =>
      isPassed(progress, row, pace.cadence) === true &&
      isFromBeforeBeginning(row.timestamp, { taken, count, through }, pace),
  )
}

/** The progress, with those of the rows that have arrived counted, once, that came too late. */
export function withTooLate<P extends RowProgress>(
  before: P,
  arrived: readonly StoredRow[],
  cadence: number,
): P {
  let progress = before
  for (const row of arrived) {
    const { tooLateRecently, tooLate } = progress
    if (isPassed(progress, row, cadence) !== true) continue
    if (hasTimestamp(tooLateRecently, row.timestamp, cadence) !== false) continue
    progress = {
      ...progress,
      tooLate: tooLate + 1,
      tooLateRecently: withTimestamp(tooLateRecently, row.timestamp, cadence),
    }
  }
  return progress
}

/** Whether later rows were taken than this complete one, but not this; undefined when nobody knows any more. */
function isPassed(
  { learntThrough, learntRecently }: RowProgress,
  { timestamp, features, target }: StoredRow,
  cadence: number,
): boolean | undefined {
  if (target === undefined || Object.keys(features).length === 0) return false
  if (learntThrough === null || timestamp > learntThrough) return false
  const isTaken = hasTimestamp(learntRecently, timestamp, cadence)
  return isTaken === undefined ? undefined : !isTaken
}
