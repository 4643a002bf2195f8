import type { Prediction } from '../lib/events.ts'
import { championOf as chosenAmong } from '../lib/models/champion-choice.ts'
import { intervalAround as boundsAround } from '../lib/models/conformal-interval.ts'
import { predictLive } from '../lib/models/live-model.ts'
import type { LiveModel } from '../lib/models/live-model.ts'
import type { Outcome } from '../lib/models/linear-model.ts'
import { predictModel } from '../lib/models/model-body.ts'
import type { Model } from '../lib/models/model-body.ts'
import type { ServingPointers } from '../lib/models/serving-pointers.ts'

/** What is known of a version before its body is read. */
export interface Candidate {
  version: number
  trainedThrough: string
}

/** What predicts: a version, or an online model's live state. */
export interface Predictor {
  /** Of a live state the newest version made of it, 0 before there is one. */
  version: number
  /** The newest row it has learnt; null: none. */
  trainedThrough: string | null
  /** Of a live state: how often it has been written. */
  stateRevision?: number
  /** What it has learnt to look at, features in the model's order; null: nothing yet, and it says 0 of every row. */
  learnt: { algorithm: string; features: readonly string[] } | null
  predict(row: Readonly<Record<string, number>>, missing: 'zero' | 'refuse'): Outcome
}

/** A registered version as a predictor. */
export function versionPredictor({ version, trainedThrough }: Candidate, model: Model): Predictor {
  return {
    version,
    trainedThrough,
    learnt: model,
    predict: (row, missing) => predictModel(model, row, missing),
  }
}

/** An online model's state as a predictor; `revision` is that of the document it was read from, 0 of none. */
export function livePredictor(live: LiveModel, revision: number): Predictor {
  return {
    version: live.version ?? 0,
    trainedThrough: live.learntThrough,
    stateRevision: revision,
    learnt: live.learner,
    predict: (row, missing) => predictLive(live, row, missing),
  }
}

/**
 * Whether something that has learnt rows up to `trainedThrough` may predict a row: only if it has learnt nothing of the
 * row's time or later, so that neither a backlog nor a replay can leak a label into a score.
 */
export function mayPredict(trainedThrough: string | null, timestamp: string): boolean {
  return trainedThrough === null || trainedThrough < timestamp
}

/** The model that is a series' champion: the chosen one while it is declared, else the one that is declared first. */
export function championOf(
  declared: readonly { name: string; series: string }[],
  series: string,
  pointers: Pick<ServingPointers, 'champion'>,
): string | undefined {
  const names = declared.filter((model) => model.series === series).map(({ name }) => name)
  return chosenAmong(pointers, names)
}

/**
 * Whether a model's versions alone may predict, not its live state: who has pinned one wants that one, whatever is
 * learnt meanwhile.
 */
export function isPinned({ pinned }: Pick<ServingPointers, 'pinned'>, model: string): boolean {
  return Object.hasOwn(pinned, model)
}

/** A model's margin as it is measured now; undefined: it is not measured yet. */
export function marginOf(
  { through, margins, level }: Pick<ServingPointers, 'through' | 'margins' | 'level'>,
  model: string,
): Margin | undefined {
  const isMeasured = through !== null && Object.hasOwn(margins, model)
  const width = isMeasured ? margins[model] : undefined
  return width === undefined || width < 0 ? undefined : { width, level }
}

/** Half the width of an interval, and the share of targets that should lie in it. */
export interface Margin {
  width: number
  level: number
}

type Interval = Pick<Prediction, 'lower' | 'upper' | 'level'>

const NO_INTERVAL: Interval = { lower: null, upper: null, level: null }

/** The interval around a prediction; nulls without a margin, and where a bound would be beyond the largest number. */
export function intervalAround(prediction: number, margin: Margin | undefined): Interval {
  if (margin === undefined) return NO_INTERVAL
  const bounds = boundsAround(prediction, margin)
  return bounds === undefined ? NO_INTERVAL : { ...bounds, level: margin.level }
}

/**
 * A prediction as it is published. It has an interval when evaluate has measured one from rows before this one alone:
 * a margin that has seen the row's error would flatter itself.
 */
export function published(
  { version, trainedThrough, stateRevision }: Predictor,
  prediction: number,
  row: { timestamp: string; model: string; champion: boolean },
  pointers: ServingPointers,
): Prediction {
  const isMeasuredBefore = pointers.through !== null && pointers.through < row.timestamp
  const margin = isMeasuredBefore ? marginOf(pointers, row.model) : undefined
  return {
    prediction,
    version,
    ...intervalAround(prediction, margin),
    trainedThrough,
    ...(stateRevision === undefined ? {} : { stateRevision }),
    champion: row.champion,
  }
}
