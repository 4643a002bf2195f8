import { parseLiveModel } from '../lib/models/live-model.ts'
import type { LiveModel } from '../lib/models/live-model.ts'
import { isStateLike } from '../lib/models/stored-state.ts'
import type { OnlineModel } from '../lib/ports/declared-models.ts'
import { newFeatureWatch } from './feature-watch.ts'
import type { FeatureWatch } from './feature-watch.ts'
import { redeclared } from './learner.ts'
import { newPrequential } from './prequential.ts'
import type { Prequential } from './prequential.ts'
import { newRowProgress } from './row-progress.ts'
import type { RowProgress } from './row-progress.ts'
import { hasFields, isCounts, isNullOr, isRowProgress, isText } from './stored.ts'

/** What became of the rows that were taken. */
export interface Counts {
  learnt: number
  /** Passed over: a feature was missing, a value was far beyond what was known, or beyond all use. */
  missing: number
  strange: number
  outOfRange: number
  /** Passed over, for a learner that knows nothing yet cannot take so many features. */
  tooManyFeatures: number
}

/** How a row is passed over. */
export type PassedOver = Exclude<keyof Counts, 'learnt'>

/** The state document of an online model, which train alone writes; plain JSON. */
export interface OnlineState extends LiveModel, RowProgress {
  series: string
  counts: Counts
  /** How rows were passed over since the newest that was learnt. */
  passedOver: PassedOver[]
  quality: Prequential
  features: FeatureWatch
  /** The first and the newest row that the learner has learnt. */
  window: { from: string; through: string } | null
  /** The newest jump, until a version is made of what was learnt since, and how many rows that is. */
  jump: { timestamp: string; learnt: number } | null
  /** The timestamp of the newest drift that was heard of; null: none. */
  driftHeard: string | null
}

/** The state of a model that has learnt nothing of a series. */
export function newOnlineState(
  series: string,
  { version, takenBefore }: { version: number | null; takenBefore: number },
): OnlineState {
  return {
    ...newRowProgress(takenBefore),
    version,
    learner: null,
    series,
    counts: { learnt: 0, missing: 0, strange: 0, outOfRange: 0, tooManyFeatures: 0 },
    passedOver: [],
    quality: newPrequential(),
    features: newFeatureWatch(),
    window: null,
    jump: null,
    driftHeard: null,
  }
}

/** The state to learn all rows of the store again with, after a false start. */
export function startedAnew({ series, version, takenBefore }: OnlineState): OnlineState {
  return newOnlineState(series, { version, takenBefore })
}

/** Reads a state document, also one of before `passedOver` was kept. Throws an Error when it is damaged. */
export function parseOnlineState(document: unknown): OnlineState {
  const live = { passedOver: [], ...parseLiveModel(document) }
  if (isOnlineState(live)) return live
  throw new Error('the stored state is not one of train')
}

/**
 * The state as its model is declared now. Another algorithm or another series is another model: it starts anew, from
 * the rows in the store, and only its versions and its count of rows go on.
 */
export function asDeclared(state: OnlineState, declaration: OnlineModel): OnlineState {
  const { learner, version, taken, takenBefore } = state
  const isSame =
    state.series === declaration.series &&
    (learner === null || learner.algorithm === declaration.algorithm)
  if (!isSame) {
    return newOnlineState(declaration.series, { version, takenBefore: takenBefore + taken })
  }
  return { ...state, learner: learner && redeclared(learner, declaration) }
}

function isOnlineState(live: LiveModel): live is OnlineState {
  const { learner: _learner, ...fresh } = newOnlineState('', { version: null, takenBefore: 0 })
  return (
    isStateLike(fresh, live) &&
    isRowProgress(live) &&
    hasFields(live, {
      passedOver: (kinds) => Array.isArray(kinds) && kinds.every(isText),
      features: (watch) => hasFields(watch, { appearing: isCounts, absent: isCounts }),
      window: (window) => isNullOr(window, { from: isText, through: isText }),
      jump: (jump) => isNullOr(jump, { timestamp: isText, learnt: Number.isSafeInteger }),
      driftHeard: (timestamp) => timestamp === null || isText(timestamp),
    })
  )
}
