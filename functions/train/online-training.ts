import { RejectedError } from '../lib/errors.ts'
import type { StoredRow } from '../lib/events.ts'
import { liveModelId } from '../lib/models/live-model.ts'
import type { OnlineModel } from '../lib/ports/declared-models.ts'
import type { Log } from '../lib/ports/log.ts'
import type { ModelVersion, Models } from '../lib/ports/models.ts'
import type { Rows } from '../lib/ports/rows.ts'
import type { States } from '../lib/ports/states.ts'
import { forgotten } from './learner.ts'
import { learnRows } from './online.ts'
import type { Due, Remark } from './online.ts'
import { asDeclared, newOnlineState, parseOnlineState, startedAnew } from './online-state.ts'
import type { OnlineState } from './online-state.ts'
import { opened } from './opened.ts'
import { knownOf, registerOnce } from './registry.ts'
import { driftTrigger } from './requests.ts'
import type { Drift, Trigger } from './requests.ts'
import { isFalseStart, withTooLate } from './row-progress.ts'
import { rowsToTake } from './rows-to-take.ts'
import type { Attempt, Registered, Task } from './settle.ts'
import { snapshotOf } from './snapshot.ts'

interface Needs {
  rows: Rows
  models: Models
  states: States
  log: Log
}

/**
 * Lets a model learn the rows whose turn has come: in the order of their timestamps, each once it holds the model's own
 * prediction, or when it has waited for that long enough.
 */
export function learnTask(
  needs: Needs,
  declaration: OnlineModel,
  arrived: readonly StoredRow[],
): Task {
  const { name, cadence } = declaration
  const isReady = ({ predictions }: StoredRow): boolean => Object.hasOwn(predictions, name)
  return task(needs, declaration, async (before) => {
    const isFalse = isFalseStart(before, arrived, declaration)
    const begun = isFalse ? startedAnew(before) : before
    const next = await rowsToTake(needs.rows, declaration, begun.learntThrough, isReady)
    const learnt = learnRows(begun, next.taken, declaration)
    const registered = await registerAll(needs, declaration, learnt.state, learnt.due)
    const state = withTooLate(registered.state, arrived, cadence)
    const tooLate = state.tooLate - learnt.state.tooLate
    return {
      ...registered,
      state,
      isUnfinished: next.isUnfinished,
      report() {
        if (isFalse) say(needs, declaration, 'info', 'starts anew: earlier rows have come')
        if (tooLate > 0) {
          say(needs, declaration, 'info', 'too late to be learnt', { rows: tooLate })
        }
        for (const { kind, rows, why } of learnt.remarks) {
          say(needs, declaration, LEVELS[kind], FACTS[kind], { rows, why })
        }
      },
    }
  })
}

/** Makes a version of what a model has learnt so far, on a tick. */
export function snapshotTick(needs: Needs, declaration: OnlineModel, trigger: Trigger): Task {
  return task(needs, declaration, (state) =>
    registerAll(needs, declaration, state, [{ trigger: trigger.id, ...snapshotOf(state) }]),
  )
}

/** Makes a version because somebody says so, who is told when there is nothing to make it of. */
export function snapshotCommand(needs: Needs, declaration: OnlineModel, trigger: Trigger): Task {
  return task(needs, declaration, async (state) => {
    const made = snapshotOf(state)
    if (made.kind === 'none') {
      throw new RejectedError('not-trained', `no version of "${declaration.name}": ${made.reason}`)
    }
    return registerAll(needs, declaration, state, [{ trigger: trigger.id, ...made }])
  })
}

/**
 * Makes a version when a drift was found in a model's errors. A model without a jump test of its own then also forgets
 * the rows of before, but for its coefficients: which rows these are depends on when the drift is heard of.
 */
export function snapshotDrift(needs: Needs, declaration: OnlineModel, drift: Drift): Task {
  const { timestamp } = drift
  return task(needs, declaration, async (state) => {
    const { driftHeard } = state
    if (driftHeard !== null && driftHeard >= timestamp) return { state, versions: [] }
    const due = { trigger: driftTrigger(drift).id, ...snapshotOf(state) }
    const registered = await registerAll(needs, declaration, state, [due])
    const { learner } = registered.state
    const isToForget = declaration.jump === null && learner !== null
    return {
      ...registered,
      state: {
        ...registered.state,
        driftHeard: timestamp,
        learner: isToForget ? forgotten(learner) : learner,
      },
    }
  })
}

interface Changed {
  state: OnlineState
  versions: Registered[]
  isUnfinished?: boolean
  report?: () => void
}

function task(
  needs: Needs,
  declaration: OnlineModel,
  attempt: (state: OnlineState) => Promise<Changed>,
): Task {
  const { name, series } = declaration
  const id = liveModelId(name)
  const begin = async (isStored: boolean): Promise<OnlineState> =>
    newOnlineState(series, await knownOf(needs, name, isStored))
  return {
    id,
    async attempt(document): Promise<Attempt> {
      const stored = await opened(needs.log, { name, id }, document, parseOnlineState, begin)
      const before = asDeclared(stored.state, declaration)
      const { state, ...rest } = await attempt(before)
      const isChanged = stored.isRepaired || state !== before
      return { document: isChanged ? { ...state } : undefined, ...rest }
    },
  }
}

/** Registers what is due, and lets the state name the newest version that was made of it. */
async function registerAll(
  needs: Needs,
  declaration: OnlineModel,
  before: OnlineState,
  due: readonly Due[],
): Promise<{ state: OnlineState; versions: Registered[] }> {
  let state = before
  const versions: Registered[] = []
  for (const one of due) {
    const version = await registerOne(needs, declaration, one)
    if (version === undefined) continue
    versions.push({ series: declaration.series, version })
    if (state.version === null || version.version > state.version) {
      state = { ...state, version: version.version }
    }
  }
  return { state, versions }
}

async function registerOne(
  needs: Needs,
  declaration: OnlineModel,
  due: Due,
): Promise<ModelVersion | undefined> {
  const { trigger } = due
  if (due.kind === 'none') {
    say(needs, declaration, 'info', `no version: ${due.reason}`, { trigger })
    return undefined
  }
  const { snapshot } = due
  const { through } = snapshot.window
  const version = await registerOnce(needs, declaration.series, {
    name: declaration.name,
    trigger,
    description: `${snapshot.algorithm} ${through}`,
    score: snapshot.r2,
    trainedThrough: through,
    body: JSON.stringify(snapshot),
  })
  if (version === undefined) {
    const fact = 'no version: the newest version is the same model'
    say(needs, declaration, 'info', fact, { trigger })
    return undefined
  }
  say(needs, declaration, 'info', `version ${version.version} registered`, {
    trigger,
    version: version.version,
    rows: snapshot.rows,
    trainedThrough: through,
  })
  return version
}

function say(
  { log }: Needs,
  { name, series }: OnlineModel,
  level: 'info' | 'warn',
  fact: string,
  details: Readonly<Record<string, unknown>> = {},
): void {
  log(level, fact, { series, model: name, ...details })
}

const FACTS: Record<Remark['kind'], string> = {
  missing: 'not learnt: features are missing',
  strange: 'not learnt: values are a million times what they were',
  outOfRange: 'not learnt: values are beyond 1e50',
  tooManyFeatures: 'not learnt: too many features',
  featuresLeftOut: 'new features are not learnt',
}

const LEVELS = {
  missing: 'info',
  strange: 'warn',
  outOfRange: 'warn',
  tooManyFeatures: 'warn',
  featuresLeftOut: 'warn',
} as const
