import { hasTimestamp } from './timestamp-set.ts'
import type { TimestampSet } from './timestamp-set.ts'

/** How rows of a series follow each other, in milliseconds. */
export interface Pace {
  /** Between two rows. */
  cadence: number
  /** How long, in event time, a row waits for what should come before it. */
  grace: number
}

/** A row after the last one is the next when it comes within so many cadences: clocks of producers are not exact. */
const NEXT_WITHIN = 1.5
/** A row far ahead of all others is believed when so many later ones say the same: one wrong date must not end a stream. */
const WITNESSES = 2

/** With fewer rows taken, any that was passed by says that the beginning was missed. */
const ROWS_TO_HAVE_BEGUN = 10

/**
 * The rows of a series that may be taken now, in their order.
 *
 * `waiting` are the rows after `through` (the last one taken; null: none yet), oldest first, each timestamp once. A row
 * is taken when it is ready and the next after the last taken, or the first of all, or when it is older than the newest
 * row less the grace. So whatever order rows arrive in, they are taken in that of their timestamps, and what is not
 * there in time holds up the others no longer than the grace. A row more than the grace ahead of all others waits until
 * two later ones have come.
 */
export function takeInOrder<Row extends { readonly timestamp: string }>(
  waiting: readonly Row[],
  through: string | null,
  { cadence, grace }: Pace,
  isReady: (row: Row) => boolean = () => true,
): Row[] {
  let newest = through === null ? undefined : Date.parse(through)
  const believed = waiting.filter(({ timestamp }, index) => {
    const time = Date.parse(timestamp)
    const isNear = newest === undefined || time <= newest + grace
    if (!isNear && index + WITNESSES >= waiting.length) return false
    newest = time
    return true
  })
  let last = through === null ? undefined : Date.parse(through)
  const taken: Row[] = []
  for (const row of believed) {
    const time = Date.parse(row.timestamp)
    const isNext = last === undefined || time <= last + NEXT_WITHIN * cadence
    const isOverdue = time <= (newest ?? time) - grace
    if (!isOverdue && !(isNext && isReady(row))) break
    taken.push(row)
    last = time
  }
  return taken
}

/**
 * Whether a row that was passed, and not taken, says that the first ones taken were not the first of the series: hardly
 * any were taken, or it is from before the first and no older than the grace.
 */
export function isFromBeforeBeginning(
  timestamp: string,
  { taken, count, through }: { taken: TimestampSet; count: number; through: string },
  { cadence, grace }: Pace,
): boolean {
  if (hasTimestamp(taken, timestamp, cadence) !== false) return false
  const isFirst = taken.forgottenThrough === null && timestamp < (taken.stretches[0]?.[0] ?? '')
  const isInTime = Date.parse(through) - Date.parse(timestamp) <= grace
  return count < ROWS_TO_HAVE_BEGUN || (isFirst && isInTime)
}
