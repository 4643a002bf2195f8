import { bounded } from './limits.ts'
import { newLossWatch, watchLoss } from './loss-watch.ts'
import type { Detector, LossWatch } from './loss-watch.ts'

/** A model's losses, watched for drift, and the newest of them; plain JSON. */
export interface WatchedLosses {
  watch: LossWatch
  /** The newest 100 losses with their rows, to six digits, oldest first. */
  recent: [timestamp: string, loss: number][]
}

/** An alarm, with the first row of the drift. */
export interface Drift {
  since: string
  detector: Detector
  statistic: number
}

const RECENT = 100
const DIGITS = 6
/** A loss of more than so many usual ones belongs to the drift that the alarm tells of. */
const DRIFTED = 2

/** The watch of a model that has lost nothing yet. */
export function newWatchedLosses(): WatchedLosses {
  return { watch: newLossWatch(), recent: [] }
}

/**
 * Takes a model's loss on the next row. On an alarm the drift began with the last run of losses above twice the usual
 * one: at its first row whose loss is nearer to those of the run than to the usual one, for before a great change a
 * loss of twice the usual is chance; at the row of the alarm when no loss is above.
 */
export function watchRow(
  before: WatchedLosses,
  { timestamp, loss }: { timestamp: string; loss: number },
): { state: WatchedLosses; drift: Drift | undefined } {
  const { state: watch, alarm } = watchLoss(before.watch, loss)
  const recent: WatchedLosses['recent'] = [
    ...before.recent.slice(1 - RECENT),
    [timestamp, shortened(loss)],
  ]
  const state = { watch, recent }
  if (alarm === undefined) return { state, drift: undefined }
  const { detector, statistic } = alarm
  const since = beginningOf(recent, before.watch.usual ?? 0) ?? timestamp
  return { state, drift: { since, detector, statistic } }
}

/** A loss as it is kept in lists: six digits say enough. */
export function shortened(loss: number): number {
  return Number(Math.abs(bounded(loss)).toPrecision(DIGITS))
}

function beginningOf(recent: WatchedLosses['recent'], usual: number): string | undefined {
  const isHigh = ([, loss]: WatchedLosses['recent'][number]): boolean => loss > DRIFTED * usual
  const last = recent.findLastIndex(isHigh)
  const before = recent.findLastIndex((one, index) => index < last && !isHigh(one))
  const run = recent.slice(before + 1, last + 1)
  const losses = run.map(([, loss]) => loss).toSorted((a, b) => a - b)
  // Halfway, in powers of ten, from the usual loss to that of the run.
  const halfway = Math.sqrt(usual * (losses[losses.length >> 1] ?? 0))
  return run.find(([, loss]) => loss >= halfway)?.[0]
}
