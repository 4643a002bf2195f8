import { newTenure } from './champion-choice.ts'
import type { PairedRow, Tenure } from './champion-choice.ts'
import { newConformal } from './conformal-interval.ts'
import type { ConformalState } from './conformal-interval.ts'
import { newErrorMetrics } from './error-metrics.ts'
import type { ErrorMetrics } from './error-metrics.ts'
import { newSeriesBaselines } from './series-baselines.ts'
import type { SeriesBaselines } from './series-baselines.ts'
import { newServingPointers, parseServingPointers } from './serving-pointers.ts'
import type { ServingPointers } from './serving-pointers.ts'
import { isStateLike } from './stored-state.ts'
import { newTimestampSet } from './timestamp-set.ts'
import type { TimestampSet } from './timestamp-set.ts'
import type { VersionRecord } from './version-trial.ts'
import { newWatchedLosses } from './watched-losses.ts'
import type { WatchedLosses } from './watched-losses.ts'

/** Everything that is known of how a series' models do: the state document that evaluate owns. Plain JSON. */
export interface Evaluation {
  serving: ServingPointers
  /** The models that were declared for the series when a row was last taken. */
  declared: string[]
  /** Rows taken in order, and which. */
  rows: number
  taken: TimestampSet
  /** The models that have a score of the newest row taken: the next row waits for those that are declared. */
  expected: string[]
  /** By model and horizon (`scoreKey`). */
  horizons: Record<string, HorizonEvaluation>
  /** By model, of predictions of their own moment. */
  watches: Record<string, WatchedLosses>
  baselines: SeriesBaselines
  /** The newest 500 rows taken, oldest first. */
  pairs: PairedRow[]
  tenure: Tenure
  /** By batch model. */
  versions: Record<string, VersionRecord>
  /** The newest 50 drift alarms, the newest 50 changes of the champion, the newest 100 decisions; oldest first. */
  drifts: DriftMark[]
  changes: ChampionChange[]
  audit: AuditEntry[]
  /** The newest 50 commands that were obeyed. */
  commands: string[]
  /** Rows about models that are to be published: whoever finds some here publishes them first. */
  outbox: Record<string, unknown>[]
}

/** How a model predicts at one horizon. */
export interface HorizonEvaluation {
  metrics: ErrorMetrics
  conformal: ConformalState
  /** Which scores were counted, as late ones too. */
  counted: TimestampSet
}

/** An alarm: at which row it was given, and the first row of the drift. */
export interface DriftMark {
  timestamp: string
  since: string
  model: string
  version: number
}

/** From `timestamp` on another model is the champion. */
export interface ChampionChange {
  timestamp: string | null
  from: string | null
  to: string
}

/** A decision, and the numbers that decided. `timestamp` is the newest row taken then; null: none. */
export interface AuditEntry {
  timestamp: string | null
  kind: 'promoted' | 'rolled-back' | 'refused' | 'not-tried'
  name: string
  version: number | null
  by: 'evaluate' | 'command'
  why: Record<string, unknown>
}

/** The key of a model's scores at one horizon. */
export function scoreKey(model: string, horizon: number): string {
  return `${model}/${horizon}`
}

/** The evaluation of a series of which nothing is known. `season` is in rows; null: it has none. */
export function newEvaluation(season: number | null): Evaluation {
  return {
    serving: newServingPointers(),
    declared: [],
    rows: 0,
    taken: newTimestampSet(),
    expected: [],
    horizons: {},
    watches: {},
    baselines: newSeriesBaselines(season),
    pairs: [],
    tenure: newTenure(),
    versions: {},
    drifts: [],
    changes: [],
    audit: [],
    commands: [],
    outbox: [],
  }
}

/** What is known of one horizon of a model before its first score. */
export function newHorizonEvaluation(): HorizonEvaluation {
  return { metrics: newErrorMetrics(), conformal: newConformal(), counted: newTimestampSet() }
}

/** Reads a stored evaluation. Throws an Error when it is damaged: nothing is decided from it then. */
export function parseEvaluation(document: unknown): Evaluation {
  parseServingPointers(document)
  if (isEvaluation(document)) return document
  throw new Error('the stored evaluation is damaged')
}

/** What of an evaluation the scores do not tell; undefined: what is stored of it is damaged. */
interface Decisions {
  serving: ServingPointers | undefined
  changes: ChampionChange[] | undefined
  audit: AuditEntry[] | undefined
  commands: string[] | undefined
  outbox: Record<string, unknown>[] | undefined
}

/** Reads of a damaged evaluation what cannot be counted again, each part where it is sound. */
export function parseDecisions(document: unknown): Decisions {
  return {
    serving: servingOf(document),
    changes: listOf(document, 'changes', isChange),
    audit: listOf(document, 'audit', isDecision),
    commands: listOf(document, 'commands', isText),
    outbox: listOf(document, 'outbox', isObject),
  }
}

function servingOf(document: unknown): ServingPointers | undefined {
  try {
    return parseServingPointers(document)
  } catch {
    return undefined
  }
}

function listOf<T>(
  document: unknown,
  name: string,
  isOne: (one: unknown) => one is T,
): T[] | undefined {
  const list = isObject(document) ? document[name] : undefined
  return Array.isArray(list) && list.every(isOne) ? list : undefined
}

function isEvaluation(document: unknown): document is Evaluation {
  const lists = [
    ['declared', isText],
    ['expected', isText],
    ['commands', isText],
    ['pairs', isPairedRow],
    ['drifts', (one: unknown) => isStateLike(DRIFT, one)],
    ['changes', isChange],
    ['audit', isDecision],
    ['outbox', isObject],
  ] as const
  const records = [
    ['horizons', (one: unknown) => isStateLike(newHorizonEvaluation(), one)],
    ['watches', (one: unknown) => isStateLike(newWatchedLosses(), one)],
    ['versions', (one: unknown) => isStateLike(RECORD, one)],
  ] as const
  return (
    isStateLike(newEvaluation(null), document) &&
    lists.every(([name, isOne]) => document[name].every(isOne)) &&
    records.every(([name, isOne]) => Object.values(document[name]).every(isOne))
  )
}

const DRIFT: DriftMark = { timestamp: '', since: '', model: '', version: 0 }
const CHANGE: ChampionChange = { timestamp: null, from: null, to: '' }
const DECISION = { timestamp: null, kind: '', name: '', version: null, by: '', why: {} }
const RECORD: VersionRecord = { highest: 0, served: 0, trial: null }
const PAIR: PairedRow = { timestamp: '', losses: {}, naive: null, seasonal: null }

function isPairedRow(one: unknown): one is PairedRow {
  return isStateLike(PAIR, one) && Object.values(one.losses).every(Number.isFinite)
}

function isChange(one: unknown): one is ChampionChange {
  return isStateLike(CHANGE, one)
}

function isDecision(one: unknown): one is AuditEntry {
  return isStateLike(DECISION, one)
}

function isText(one: unknown): one is string {
  return typeof one === 'string'
}

function isObject(one: unknown): one is Record<string, unknown> {
  return typeof one === 'object' && one !== null && !Array.isArray(one)
}
