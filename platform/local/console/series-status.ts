import type { Score, StoredRow } from '../../../functions/lib/events.ts'

/** What is known of one model on one series. Averages are of event time, and of scores that count: late ones do not. */
interface ModelOnSeries {
  readonly model: string
  /** Mean squared error of the last 30 s: the seed system's dashboard. Null when nothing was scored in it. */
  readonly mse30: number | null
  readonly mse300: number | null
  /** Mean absolute error of the last 300 s. */
  readonly mae: number | null
  /** Of the window's rows: with a score that counts, with a late one, and with neither. */
  readonly scored: number
  readonly late: number
  readonly unscored: number
  readonly lastVersion: number
  readonly lastError: number | null
}

export interface SeriesStatus {
  readonly series: string
  /** The newest row with features and target; null while there is none. */
  readonly newest: string | null
  /** Complete rows of the window: the newest 300. */
  readonly rows: number
  /** How many features the newest row has. */
  readonly features: number
  /** Of the window's rows: with a prediction of any model, with a score that counts, and without one. */
  readonly predicted: number
  readonly scored: number
  readonly unscored: number
  /** Of the window's rows: those whose only scores are late. */
  readonly late: number
  readonly perModel: readonly ModelOnSeries[]
}

/** How many rows the counts of a series look at. */
export const WINDOW_ROWS = 300

const SHORT_MS = 30_000
const LONG_MS = 300_000

/** Counts and averages of a series from its newest complete rows and its newest scores, both oldest first. */
export function seriesStatus(
  series: string,
  rows: readonly StoredRow[],
  scores: readonly Score[],
): SeriesStatus {
  const timestamps = new Set(rows.map(({ timestamp }) => timestamp))
  const inWindow = scores.filter(({ timestamp }) => timestamps.has(timestamp))
  const counting = new Set(inWindow.filter(({ late }) => !late).map(({ timestamp }) => timestamp))
  const anyScore = new Set(inWindow.map(({ timestamp }) => timestamp))
  const newest = rows.at(-1)
  const end = Date.parse(laterOf(newest?.timestamp, scores.at(-1)?.timestamp))
  return {
    series,
    newest: newest?.timestamp ?? null,
    rows: rows.length,
    features: Object.keys(newest?.features ?? {}).length,
    predicted: rows.filter(({ predictions }) => Object.keys(predictions).length > 0).length,
    scored: counting.size,
    unscored: rows.length - counting.size,
    late: anyScore.size - counting.size,
    perModel: [...byModel(scores)].map(([model, its]) =>
      modelOnSeries(model, its, timestamps, end),
    ),
  }
}

/** The scores of each model, by name; of a model that forecasts several steps, those of its shortest. */
export function byModel(scores: readonly Score[]): Map<string, Score[]> {
  const models = new Map<string, Score[]>()
  for (const score of scores) {
    const its = models.get(score.model)
    if (its === undefined) models.set(score.model, [score])
    else its.push(score)
  }
  const sorted = [...models].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return new Map(
    sorted.map(([model, its]) => {
      const shortest = its.reduce((least, { horizon }) => Math.min(least, horizon), Infinity)
      return [model, its.filter(({ horizon }) => horizon === shortest)]
    }),
  )
}

function modelOnSeries(
  model: string,
  scores: readonly Score[],
  window: ReadonlySet<string>,
  end: number,
): ModelOnSeries {
  const counting = scores.filter(({ late }) => !late)
  const short = errorsSince(counting, end - SHORT_MS)
  const long = errorsSince(counting, end - LONG_MS)
  const inWindow = scores.filter(({ timestamp }) => window.has(timestamp))
  const late = inWindow.filter((score) => score.late).length
  return {
    model,
    mse30: mean(short.map((error) => error * error)),
    mse300: mean(long.map((error) => error * error)),
    mae: mean(long.map(Math.abs)),
    scored: inWindow.length - late,
    late,
    unscored: window.size - inWindow.length,
    lastVersion: scores.at(-1)?.version ?? 0,
    lastError: counting.at(-1)?.error ?? null,
  }
}

function errorsSince(scores: readonly Score[], after: number): number[] {
  return scores.filter(({ timestamp }) => Date.parse(timestamp) > after).map(({ error }) => error)
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Keys have three decimals and end in Z, so they sort as times do. */
function laterOf(a = '', b = ''): string {
  return a > b ? a : b
}
