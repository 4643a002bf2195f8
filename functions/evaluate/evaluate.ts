import type { Score } from '../lib/events.ts'
import { newTenure } from '../lib/models/champion-choice.ts'
import { marginOf, observeTarget } from '../lib/models/conformal-interval.ts'
import { countError, countUnscored } from '../lib/models/error-metrics.ts'
import { newEvaluation, newHorizonEvaluation, scoreKey } from '../lib/models/evaluation-document.ts'
import type { Evaluation, HorizonEvaluation } from '../lib/models/evaluation-document.ts'
import { countTarget } from '../lib/models/series-baselines.ts'
import { hasTimestamp, withTimestamp } from '../lib/models/timestamp-set.ts'
import { newWatchedLosses, shortened, watchRow } from '../lib/models/watched-losses.ts'

/** A scored row of a series: every model's scores of it. */
export interface ScoredRow {
  timestamp: string
  scores: Score[]
}

/** What is declared for a series: its models, the first of which is champion until another is, and its rhythm. */
export interface SeriesRules {
  series: string
  models: { name: string; isBatch: boolean; missing: 'zero' | 'refuse' }[]
  /** Milliseconds. */
  cadence: number
  grace: number
  /** Rows; null: none. */
  season: number | null
}

/** A prediction of its own moment, the only kind that is watched, paired and given a margin. */
const NOWCAST = 0
const PAIRS = 500
const DRIFTS = 50

/** The rows of scores that are sorted by time, each row's scores by model and horizon. */
export function scoredRows(scores: readonly Score[]): ScoredRow[] {
  return [...Map.groupBy(scores, ({ timestamp }) => timestamp)].map(([timestamp, ofRow]) => ({
    timestamp,
    scores: ofRow.toSorted((a, b) => compareText(a.model, b.model) || a.horizon - b.horizon),
  }))
}

/**
 * The evaluation with the next row in order counted: metrics, intervals, losses watched for drift, baselines, pairs.
 *
 * A late score counts as late and for nothing else. A declared model without a score of its own moment has one row more
 * unscored. An alarm is marked, and waits in the outbox.
 */
export function countRow(
  before: Evaluation,
  { timestamp, scores }: ScoredRow,
  rules: SeriesRules,
): Evaluation {
  const { cadence } = rules
  let evaluation = { ...before, horizons: { ...before.horizons } }
  for (const score of scores) {
    const key = scoreKey(score.model, score.horizon)
    const known = evaluation.horizons[key] ?? newHorizonEvaluation()
    evaluation.horizons[key] = withInterval(withScore(known, score, cadence), score)
    if (!score.late && score.horizon === NOWCAST) evaluation = watched(evaluation, score, rules)
  }
  for (const { name } of rules.models) {
    if (scores.some(({ model, horizon }) => model === name && horizon === NOWCAST)) continue
    const key = scoreKey(name, NOWCAST)
    const known = evaluation.horizons[key] ?? newHorizonEvaluation()
    evaluation.horizons[key] = { ...known, metrics: countUnscored(known.metrics, 'unscored') }
  }
  return {
    ...withPair(evaluation, { timestamp, scores }, rules.season),
    serving: { ...evaluation.serving, through: timestamp },
    declared: rules.models.map(({ name }) => name),
    rows: evaluation.rows + 1,
    taken: withTimestamp(evaluation.taken, timestamp, cadence),
    expected: [...new Set(scores.map(({ model }) => model))],
    tenure: { ...evaluation.tenure, rows: evaluation.tenure.rows + 1 },
  }
}

/**
 * The evaluation with scores of rows that were passed already: each counts once in its metrics, and moves neither
 * detectors nor intervals. So the order of their arrival decides what fading and newest errors are, and nothing else.
 */
export function countLateComers(
  before: Evaluation,
  scores: readonly Score[],
  { cadence }: SeriesRules,
): Evaluation {
  const horizons = { ...before.horizons }
  let isChanged = false
  for (const score of scores) {
    const key = scoreKey(score.model, score.horizon)
    const known = horizons[key] ?? newHorizonEvaluation()
    const counted = withScore(known, score, cadence)
    if (counted === known) continue
    isChanged = true
    const { metrics } = counted
    const wasUnscored =
      score.horizon === NOWCAST && hasTimestamp(before.taken, score.timestamp, cadence) === true
    const unscored = Math.max(0, metrics.unscored - (wasUnscored ? 1 : 0))
    horizons[key] = { ...counted, metrics: { ...metrics, unscored } }
  }
  return isChanged ? { ...before, horizons } : before
}

/** Nothing taken yet, but what was decided by hand and before stays. */
export function startedAnew(before: Evaluation, { season }: SeriesRules): Evaluation {
  const { champion, refused, pinned } = before.serving
  const { changes, audit, commands, tenure, outbox } = before
  const fresh = newEvaluation(season)
  return {
    ...fresh,
    serving: { ...fresh.serving, champion, refused, pinned },
    tenure: { ...newTenure(), previous: tenure.previous },
    changes,
    audit,
    commands,
    outbox,
  }
}

/** The evaluation with the margins of each model's next interval, at the level that the models' intervals have. */
export function withMargins(evaluation: Evaluation): Evaluation {
  const margins: Record<string, number> = {}
  for (const model of Object.keys(evaluation.watches)) {
    const known = evaluation.horizons[scoreKey(model, NOWCAST)]
    const margin = known && marginOf(known.conformal)
    if (margin !== undefined) margins[model] = margin.width
  }
  return { ...evaluation, serving: { ...evaluation.serving, margins } }
}

/** A score counted once; the same when it was counted, or is so old that nobody knows. */
function withScore(known: HorizonEvaluation, score: Score, cadence: number): HorizonEvaluation {
  const { timestamp, error, version, late } = score
  if (hasTimestamp(known.counted, timestamp, cadence) !== false) return known
  return {
    ...known,
    counted: withTimestamp(known.counted, timestamp, cadence),
    metrics: late
      ? countUnscored(known.metrics, 'late')
      : countError(known.metrics, { error, version }),
  }
}

function withInterval(known: HorizonEvaluation, score: Score): HorizonEvaluation {
  if (score.late) return known
  const { ypred_: prediction, ytrue_: target, lower, upper } = score
  const interval = lower === null || upper === null ? undefined : { lower, upper }
  return { ...known, conformal: observeTarget(known.conformal, { prediction, target, interval }) }
}

function watched(before: Evaluation, score: Score, { series, models }: SeriesRules): Evaluation {
  const { model, timestamp, version, error } = score
  const known = before.watches[model] ?? newWatchedLosses()
  const { state, drift } = watchRow(known, { timestamp, loss: Math.abs(error) })
  const evaluation = { ...before, watches: { ...before.watches, [model]: state } }
  if (drift === undefined) return evaluation
  const { since } = drift
  const row = { series, timestamp, name: model, version, kind: 'drift' }
  const isDeclared = models.some(({ name }) => name === model)
  return {
    ...evaluation,
    drifts: [...before.drifts.slice(1 - DRIFTS), { timestamp, since, model, version }],
    tenure: isDeclared ? { ...before.tenure, alarm: timestamp } : before.tenure,
    outbox: [...before.outbox, { ...row, ...drift, id: driftId(model, timestamp) }],
  }
}

/** The id of a drift in a model's losses, by the row of the alarm. */
export function driftId(model: string, timestamp: string): string {
  return `drift:${model}:${timestamp}`
}

function withPair(
  before: Evaluation,
  { timestamp, scores }: ScoredRow,
  season: number | null,
): Evaluation {
  const [score] = scores
  if (score === undefined) return before
  const { ytrue_: target } = score
  const { baselines, losses } = countTarget(before.baselines, target, season)
  const own = Object.fromEntries(
    scores
      .filter(({ late, horizon }) => !late && horizon === NOWCAST)
      .map(({ model, error }) => [model, shortened(error)]),
  )
  const pair = { timestamp, losses: own, ...losses }
  return { ...before, baselines, pairs: [...before.pairs.slice(1 - PAIRS), pair] }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
