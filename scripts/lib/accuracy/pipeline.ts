import { scoredRows, withMargins } from '../../../functions/evaluate/evaluate.ts'
import type { SeriesRules } from '../../../functions/evaluate/evaluate.ts'
import { withRows } from '../../../functions/evaluate/take-rows.ts'
import { championOf, published } from '../../../functions/predict/predict.ts'
import { score } from '../../../functions/score/score.ts'
import type { Prediction, Score, StoredRow } from '../../../functions/lib/events.ts'
import { newEvaluation } from '../../../functions/lib/models/evaluation-document.ts'
import { predictModel } from '../../../functions/lib/models/model-body.ts'
import type { LearningRow } from '../../../functions/lib/models/online-learner.ts'
import { isBatch } from '../../../functions/lib/ports/declared-models.ts'
import type { DeclaredModel } from '../../../functions/lib/ports/declared-models.ts'
import { timestampKey } from '../../../functions/lib/timestamps.ts'
import { startBatch, startOnline } from './trainees.ts'
import type { Trainee } from './trainees.ts'

/** What became of the rows of a series, by model. */
export interface PipelineRun {
  /** What a declared model, or `champion`, which each row had its own, said. Throws a RangeError for another name. */
  of: (name: string) => ModelRun
}

/** What a model said of the rows of a series. */
export interface ModelRun {
  /** A row each; NaN where there was none. */
  predictions: number[]
  /** Target minus prediction. */
  errors: number[]
  /** Whether its interval held the target, a row each; undefined where there was none. */
  held: (boolean | undefined)[]
  /** Indexes of the rows at which evaluate found a drift in its errors; of the champion, in those of any model. */
  drifts: number[]
}

const MINUTE = 60_000
/** No declared model may have this name. */
const CHAMPION = 'champion'

/**
 * Runs declared models of one series over its rows, from the first moment on, as the functions do: predict from the
 * state before the row, score, evaluate, train, row by row, with a tick each minute of event time. What follows from
 * a row is done before the next, as in lock step. The target of a row comes `delay` rows after its features.
 */
export function runPipeline(
  declared: readonly DeclaredModel[],
  rows: Iterable<LearningRow>,
  delay = 1,
): PipelineRun {
  const { series, cadence, grace, season } = firstOf(declared)
  const trainees = declared.map((model) => ({ model, trainee: startTrainee(model) }))
  const rules: SeriesRules = {
    series,
    models: declared.map((model) => {
      return { name: model.name, isBatch: isBatch(model), missing: model.missing }
    }),
    cadence,
    grace,
    season,
  }
  let evaluation = newEvaluation(season)
  const runs = new Map<string, ModelRun>(
    [CHAMPION, ...declared.map(({ name }) => name)].map((name) => [
      name,
      { predictions: [], errors: [], held: [], drifts: [] },
    ]),
  )
  const pending: StoredRow[] = []
  let begun = 0
  let completed = 0
  for (const { features, target } of rows) {
    const time = begun * cadence
    begun += 1
    if (time > 0 && time % MINUTE === 0) for (const { trainee } of trainees) trainee.onTick()
    const row = { series, timestamp: timestampKey(time), features, target }
    pending.push({ ...row, predictions: predictionsOf(row) })
    if (pending.length >= delay) complete(pending.shift())
  }
  while (pending.length > 0) complete(pending.shift())
  return { of: runOf }

  function runOf(name: string): ModelRun {
    const run = runs.get(name)
    if (run === undefined) throw new RangeError(`no model "${name}" was declared`)
    return run
  }

  function predictionsOf({
    timestamp,
    features,
  }: Pick<StoredRow, 'timestamp' | 'features'>): Record<string, Prediction> {
    const pointers = evaluation.serving
    const chosen = championOf(declared, series, pointers)
    const predictions: Record<string, Prediction> = {}
    for (const { model, trainee } of trainees) {
      const predictor = trainee.predictor(timestamp, pointers)
      const outcome = predictor?.predict(features, model.missing)
      if (predictor === undefined || outcome?.kind !== 'predicted') continue
      const about = { timestamp, model: model.name, champion: model.name === chosen }
      predictions[model.name] = published(predictor, outcome.prediction, about, pointers)
    }
    return predictions
  }

  function complete(row: StoredRow | undefined): void {
    if (row === undefined) return
    const { scores } = score(row)
    if (scores.some(({ late }) => late))
      throw new Error(`a model had learnt ${row.timestamp} before`)
    evaluation = withMargins(
      withRows(evaluation, scoredRows(scores), rules, ({ name, version, missing }) => {
        const model = trainees.find((one) => one.model.name === name)?.trainee.modelOf(version)
        if (model === undefined) return { kind: 'unusable', why: 'it is no longer kept' }
        return predictModel(model, row.features, missing)
      }),
    )
    note(row, scores)
    const drifts = evaluation.drifts.filter(({ timestamp }) => timestamp === row.timestamp)
    evaluation = { ...evaluation, outbox: [] }
    for (const { model, trainee } of trainees) {
      trainee.onRow(row)
      const drift = drifts.find((mark) => mark.model === model.name)
      if (drift === undefined) continue
      trainee.onDrift(drift)
      runOf(model.name).drifts.push(completed)
    }
    if (drifts.length > 0) runOf(CHAMPION).drifts.push(completed)
    completed += 1
  }

  function note({ predictions }: StoredRow, scores: readonly Score[]): void {
    for (const [name, run] of runs) {
      const own = scores.find(({ model }) =>
        name === CHAMPION ? predictions[model]?.champion === true : model === name,
      )
      const { ypred_: prediction, error } = own ?? { ypred_: Number.NaN, error: Number.NaN }
      run.predictions.push(prediction)
      run.errors.push(error)
      run.held.push(own && isHeld(own))
    }
  }
}

/** Whether an interval held its target; undefined where there is none. */
function isHeld({ lower, upper, ytrue_: target }: Score): boolean | undefined {
  return lower === null || upper === null ? undefined : target >= lower && target <= upper
}

function startTrainee(model: DeclaredModel): Trainee {
  return isBatch(model) ? startBatch(model) : startOnline(model)
}

function firstOf(declared: readonly DeclaredModel[]): DeclaredModel {
  const [first] = declared
  if (first === undefined) throw new Error('no model is declared')
  return first
}
