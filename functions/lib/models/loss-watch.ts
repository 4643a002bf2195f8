import { bounded } from './limits.ts'
import { newPageHinkley, watchMean } from './page-hinkley.ts'
import type { PageHinkley } from './page-hinkley.ts'
import { newAdwin, watchWindow } from './adwin.ts'
import type { Adwin } from './adwin.ts'

/** Which test watches the losses. */
export type Detector = 'page-hinkley' | 'adwin'

/** Watches the losses of one model for a lasting increase; plain JSON. */
export interface LossWatch {
  /** Losses seen. */
  count: number
  /** The newest 30 losses, oldest first. */
  recent: number[]
  /** The usual loss: what the others are multiples of; null as long as there are not enough to know it. */
  usual: number | null
  /** Means of the newest 20 and the newest 300 multiples or so; the latter only while the watch is armed. */
  level: number
  trend: number
  /** Losses seen since the alarm; null while the watch is armed. */
  sinceAlarm: number | null
  pageHinkley: PageHinkley | null
  adwin: Adwin | null
}

/** `index` counts losses from 0; `statistic` is the test's (of ADWIN: the level). */
export interface DriftAlarm {
  detector: Detector
  index: number
  statistic: number
}

const RECENT = 30
const LEVEL_MEMORY = 20
const TREND_MEMORY = 300
/** One loss counts at most so many usual ones: an outlier is no drift. */
const LARGEST_MULTIPLE = 10
/** The loss is back when it is under so many usual ones. */
const BACK = 2
/** Below this share of the usual loss for long, it is the usual one no more. */
const IMPROVED = 0.5
/** After so many losses that never came back the new level is the usual one. */
const PATIENCE = 1_000
/**
 * River's delta of 0.005 is for a mean that moves slowly; a usual loss is 1 here, and correlated losses wander more.
 * Its forgetting of 0.9999 pulls a long sum up by as much as delta pulls it down, and then gives alarms of nothing.
 */
const FOR_LOSSES = { delta: 0.1, forgetting: 1 }

/** A watch that has seen nothing. */
export function newLossWatch(detector: Detector = 'page-hinkley'): LossWatch {
  return {
    count: 0,
    recent: [],
    usual: null,
    level: 1,
    trend: 1,
    sinceAlarm: null,
    pageHinkley: detector === 'page-hinkley' ? newPageHinkley(FOR_LOSSES) : null,
    adwin: detector === 'adwin' ? newAdwin() : null,
  }
}

/**
 * Takes the next loss, at least 0.
 *
 * The test sees losses as multiples of the usual one, at most 10, and only an increase is an alarm. After an alarm
 * the watch is disarmed until the loss is back under twice the usual one. The usual loss is the median of the newest
 * 30 when it was measured. It is measured anew when losses have not come back for 1,000, or have halved for long: a
 * model that improves gives no alarm.
 */
export function watchLoss(
  before: LossWatch,
  loss: number,
): { state: LossWatch; alarm: DriftAlarm | undefined } {
  const size = Math.abs(bounded(loss))
  const recent = [...before.recent.slice(1 - RECENT), size]
  const state = { ...before, count: before.count + 1, recent }
  if (state.usual === null) {
    return { state: recent.length < RECENT ? state : measuredAnew(state), alarm: undefined }
  }
  const multiple = counted(size, state.usual)
  state.level += (multiple - state.level) / LEVEL_MEMORY
  if (state.sinceAlarm !== null) {
    state.sinceAlarm += 1
    const isBack = state.sinceAlarm >= LEVEL_MEMORY && state.level < BACK
    if (isBack) return { state: rearm(state), alarm: undefined }
    if (state.sinceAlarm < PATIENCE) return { state, alarm: undefined }
    return { state: measuredAnew(state), alarm: undefined }
  }
  state.trend += (multiple - state.trend) / TREND_MEMORY
  if (state.trend < IMPROVED) {
    return { state: measuredAnew(state), alarm: undefined }
  }
  const { statistic, alarm } = test(state, multiple)
  if (!alarm) return { state, alarm: undefined }
  const detector = state.adwin === null ? 'page-hinkley' : 'adwin'
  state.sinceAlarm = 0
  return { state, alarm: { detector, index: state.count - 1, statistic } }
}

/** The watch armed again, e.g. after another model has taken over, whose losses are no news of the old one's. */
export function rearm(state: LossWatch): LossWatch {
  return {
    ...state,
    level: 1,
    trend: 1,
    sinceAlarm: null,
    pageHinkley: state.pageHinkley && newPageHinkley(state.pageHinkley.options),
    adwin: state.adwin && newAdwin(state.adwin.options),
  }
}

/** Lets the test take a value, in place. */
function test(state: LossWatch, value: number): { alarm: boolean; statistic: number } {
  if (state.pageHinkley !== null) {
    const { state: after, alarm, statistic } = watchMean(state.pageHinkley, value)
    state.pageHinkley = after
    return { alarm, statistic }
  }
  if (state.adwin !== null) {
    const { state: after, alarm, rose } = watchWindow(state.adwin, value)
    state.adwin = after
    return { alarm: alarm && rose, statistic: state.level }
  }
  return { alarm: false, statistic: 0 }
}

/** The usual loss from the newest losses, which the test has then seen: it may give an alarm at once. */
function measuredAnew(before: LossWatch): LossWatch {
  const usual = median(before.recent) || mean(before.recent)
  const state = rearm({ ...before, usual })
  for (const loss of before.recent) test(state, counted(loss, usual))
  return state
}

/** A loss in usual ones, as the test sees it. */
function counted(loss: number, usual: number): number {
  if (usual > 0) return Math.min(loss / usual, LARGEST_MULTIPLE)
  return loss > 0 ? LARGEST_MULTIPLE : 0
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
