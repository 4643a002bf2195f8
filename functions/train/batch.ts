import { RejectedError } from '../lib/errors.ts'
import type { StoredRow } from '../lib/events.ts'
import type { BatchModel } from '../lib/ports/declared-models.ts'
import { fitVersion, logNone } from './batch-fit.ts'
import type { Needs, Outcome } from './batch-fit.ts'
import { batchStateId, newBatchState, ofSeries, parseBatchState } from './batch-state.ts'
import type { BatchState } from './batch-state.ts'
import { opened } from './opened.ts'
import { knownOf } from './registry.ts'
import { driftTrigger } from './requests.ts'
import type { Drift, Trigger } from './requests.ts'
import { isFalseStart, withTaken, withTooLate } from './row-progress.ts'
import { rowsToTake } from './rows-to-take.ts'
import type { Attempt, Registered, Task } from './settle.ts'

/** Fits a model on a tick. */
export function batchTick(needs: Needs, declaration: BatchModel, trigger: Trigger): Task {
  return task(needs, declaration, async (state) => {
    const outcome = await fitVersion(needs, declaration, { trigger, since: sinceOf(state) })
    if (outcome.kind !== 'registered') logNone(needs.log, declaration, outcome, trigger)
    return { state, versions: versionsOf(declaration, outcome) }
  })
}

/** Fits a model because somebody says so, who is told when that cannot be done. */
export function batchCommand(needs: Needs, declaration: BatchModel, trigger: Trigger): Task {
  return task(needs, declaration, async (state) => {
    const outcome = await fitVersion(needs, declaration, { trigger, since: sinceOf(state) })
    if (outcome.kind === 'too-few' || outcome.kind === 'unusable') {
      throw new RejectedError(
        'not-trained',
        `no version of "${declaration.name}": ${outcome.reason}`,
      )
    }
    if (outcome.kind === 'same') logNone(needs.log, declaration, outcome, trigger)
    return { state, versions: versionsOf(declaration, outcome) }
  })
}

/**
 * Fits a model on the rows since a drift in its errors, as soon as these are enough. A drift that is no newer than the
 * one that is remembered is no news.
 */
export function batchDrift(needs: Needs, declaration: BatchModel, drift: Drift): Task {
  const { timestamp, since } = drift
  return task(needs, declaration, async (state) => {
    if (state.drift !== null && state.drift.timestamp >= timestamp) return { state, versions: [] }
    const trigger = driftTrigger(drift)
    const outcome = await fitVersion(needs, declaration, { trigger, since })
    if (outcome.kind !== 'registered') logNone(needs.log, declaration, outcome, trigger)
    const isPending = outcome.kind === 'too-few'
    return {
      state: { ...state, drift: { timestamp, since, isPending } },
      versions: versionsOf(declaration, outcome),
    }
  })
}

/**
 * Counts rows for `every`, and fits a model after a drift once there are rows enough. A backlog makes one version, of
 * the newest row that completes a number. Undefined when the model is declared to learn from neither.
 */
export function batchRows(
  needs: Needs,
  declaration: BatchModel,
  arrived: readonly StoredRow[],
): Task | undefined {
  const { name, triggers } = declaration
  if (triggers.every === null && !triggers.drift) return undefined
  return task(needs, declaration, async (before) => {
    const counted = await countRows(needs, declaration, before, arrived)
    const { isUnfinished, due } = counted
    let { state } = counted
    const versions: Registered[] = []
    if (due !== undefined) {
      const trigger = { id: `rows:${name}:${due.count}` }
      const window = { trigger, since: sinceOf(state), through: due.timestamp }
      const outcome = await fitVersion(needs, declaration, window)
      if (outcome.kind !== 'registered') logNone(needs.log, declaration, outcome, trigger)
      versions.push(...versionsOf(declaration, outcome))
    }
    if (triggers.drift && state.drift?.isPending === true) {
      const trigger = driftTrigger({ declaration, ...state.drift })
      const outcome = await fitVersion(needs, declaration, { trigger, since: state.drift.since })
      if (outcome.kind !== 'too-few') {
        if (outcome.kind !== 'registered') logNone(needs.log, declaration, outcome, trigger)
        state = { ...state, drift: { ...state.drift, isPending: false } }
      }
      versions.push(...versionsOf(declaration, outcome))
    }
    return { state, versions, isUnfinished }
  })
}

async function countRows(
  { rows }: Needs,
  declaration: BatchModel,
  before: BatchState,
  arrived: readonly StoredRow[],
): Promise<{
  state: BatchState
  isUnfinished: boolean
  due?: { count: number; timestamp: string } | undefined
}> {
  const { cadence, triggers } = declaration
  if (triggers.every === null) return { state: before, isUnfinished: false }
  let state = before
  if (isFalseStart(state, arrived, declaration)) {
    state = { ...newBatchState(state.series, state), drift: state.drift }
  }
  const next = await rowsToTake(rows, declaration, state.learntThrough, () => true)
  let due: { count: number; timestamp: string } | undefined
  for (const { timestamp } of next.taken) {
    state = withTaken(state, timestamp, cadence)
    const count = state.takenBefore + state.taken
    if (count % triggers.every === 0) due = { count, timestamp }
  }
  return {
    state: withTooLate(state, arrived, cadence),
    isUnfinished: next.isUnfinished,
    due,
  }
}

function task(
  needs: Needs,
  declaration: BatchModel,
  attempt: (
    state: BatchState,
  ) => Promise<{ state: BatchState; versions: Registered[]; isUnfinished?: boolean }>,
): Task {
  const { name, series, triggers } = declaration
  const id = batchStateId(name)
  const begin = async (isStored: boolean): Promise<BatchState> => {
    const isCounted = isStored && triggers.every !== null
    return newBatchState(series, isCounted ? await knownOf(needs, name, true) : { takenBefore: 0 })
  }
  return {
    id,
    async attempt(document): Promise<Attempt> {
      const stored = await opened(needs.log, { name, id }, document, parseBatchState, begin)
      const before = ofSeries(stored.state, declaration)
      const { state, versions, isUnfinished = false } = await attempt(before)
      const isChanged = stored.isRepaired || state !== stored.state
      return { document: isChanged ? { ...state } : undefined, versions, isUnfinished }
    },
  }
}

function sinceOf({ drift }: BatchState): string | null {
  return drift?.since ?? null
}

function versionsOf({ series }: BatchModel, outcome: Outcome): Registered[] {
  return outcome.kind === 'registered' ? [{ series, version: outcome.version }] : []
}
