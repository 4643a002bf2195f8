import type { StoredRow } from '../lib/events.ts'
import { takeInOrder } from '../lib/models/event-order.ts'
import type { DeclaredModel } from '../lib/ports/declared-models.ts'
import type { Rows } from '../lib/ports/rows.ts'

const ROWS_A_READ = 1_000
/** What was learnt is put before the time of an event is over, also where there is a backlog. */
const ROWS_A_PUT = 10_000
/** Squares of coefficients: what a row costs an online learner. Some five seconds of one processor. */
const WORK_A_PUT = 2e8

/**
 * The rows that a model may take now, in their order: an event only says that there may be some, the store says
 * which. Of a backlog some 10,000, or fewer where each has many features; `isUnfinished` says that there may be more.
 */
export async function rowsToTake(
  rows: Rows,
  { series, cadence, grace }: DeclaredModel,
  through: string | null,
  isReady: (row: StoredRow) => boolean,
): Promise<{ taken: StoredRow[]; isUnfinished: boolean }> {
  const taken: StoredRow[] = []
  let waiting: StoredRow[] = []
  let work = 0
  let isUnfinished = true
  while (isUnfinished && taken.length < ROWS_A_PUT && work < WORK_A_PUT) {
    const last = taken.at(-1)?.timestamp ?? through
    const read = await rows.after(series, waiting.at(-1)?.timestamp ?? last, ROWS_A_READ)
    isUnfinished = read.length === ROWS_A_READ
    waiting = [...waiting, ...read]
    const next = takeInOrder(waiting, last, { cadence, grace }, isReady)
    taken.push(...next)
    for (const { features } of next) work += (Object.keys(features).length + 1) ** 2
    waiting = waiting.slice(next.length)
  }
  return { taken, isUnfinished }
}
