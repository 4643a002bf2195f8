import type { Score, StoredRow } from '../../../functions/lib/events.ts'
import { byModel } from './series-status.ts'

/** Lines over common times, ready to be drawn. */
export interface Curve {
  /** Milliseconds since the epoch, ascending. */
  readonly times: readonly number[]
  /** One value for each time; null where the line has none. */
  readonly lines: Readonly<Record<string, readonly (number | null)[]>>
}

/** What to do to a curve that was sent before: drop what is later than `after` (all when null), then append. */
export interface CurveChange extends Curve {
  readonly after: number | null
}

/** The two pictures of a series. */
export interface SeriesCurves {
  /** The target, and each model's prediction. */
  readonly live: Curve
  /** Each model's mean squared error of the 30 s before each scored row. */
  readonly errors: Curve
}

/** Points of the live curve: two minutes of a stream at 1 Hz. */
export const LIVE_POINTS = 120
/** Points of the error curve: three regimes of the seed's stream. */
export const ERROR_POINTS = 1_800
/** Scores read for it; those before its first point fill that point's 30 s. */
export const ERROR_SCORES = ERROR_POINTS + 200

const MOVING_MS = 30_000

/** The name of the target's line; no model can have it: model names have no space. */
const TARGET = 'the target'

/** Draws a series from its newest complete rows and its newest scores, both oldest first. */
export function seriesCurves(rows: readonly StoredRow[], scores: readonly Score[]): SeriesCurves {
  return { live: liveCurve(rows.slice(-LIVE_POINTS)), errors: errorCurve(scores) }
}

function liveCurve(rows: readonly StoredRow[]): Curve {
  const models = new Set(rows.flatMap(({ predictions }) => Object.keys(predictions)))
  const predictions = [...models]
    .toSorted()
    .map(
      (model) => [model, rows.map((row) => rounded(row.predictions[model]?.prediction))] as const,
    )
  return {
    times: rows.map(({ timestamp }) => Date.parse(timestamp)),
    lines: Object.fromEntries([
      [TARGET, rows.map(({ target }) => rounded(target))] as const,
      ...predictions,
    ]),
  }
}

function errorCurve(scores: readonly Score[]): Curve {
  const counting = scores.filter(({ late }) => !late)
  const all = [...new Set(counting.map(({ timestamp }) => Date.parse(timestamp)))]
  const times = all.slice(-ERROR_POINTS)
  const lines = [...byModel(counting)].map(([model, its]) => {
    const moving = new Map(movingSquaredErrors(its).map(({ time, mean }) => [time, mean]))
    return [model, times.map((time) => rounded(moving.get(time)))] as const
  })
  return { times, lines: Object.fromEntries(lines) }
}

/** The mean squared error of the 30 s that end at each score, itself included; scores by ascending time. */
export function movingSquaredErrors(
  scores: readonly { readonly timestamp: string; readonly error: number }[],
): { time: number; mean: number }[] {
  const points = scores.map(({ timestamp, error }) => ({ time: Date.parse(timestamp), error }))
  let first = 0
  return points.map(({ time }, index) => {
    while ((points[first]?.time ?? time) <= time - MOVING_MS) first += 1
    // Summed afresh: after a jump from 1e5 to 1e-2 a running sum would keep the large errors' rounding.
    const window = points.slice(first, index + 1)
    const sum = window.reduce((total, { error }) => total + error * error, 0)
    return { time, mean: sum / window.length }
  })
}

/** What turns the curve that was sent into the one there is now; undefined when nothing changed. */
export function curveChange(sent: Curve | undefined, now: Curve): CurveChange | undefined {
  const names = Object.keys(now.lines)
  if (sent === undefined || names.join('\n') !== Object.keys(sent.lines).join('\n')) {
    return { after: null, ...now }
  }
  const [first] = now.times
  if (first === undefined && sent.times.length === 0) return undefined
  const shift = first === undefined ? -1 : sent.times.indexOf(first)
  if (shift < 0) return { after: null, ...now }
  const isSame = (index: number): boolean =>
    sent.times[index + shift] === now.times[index] &&
    names.every((name) => sent.lines[name]?.[index + shift] === now.lines[name]?.[index])
  let same = 0
  while (same < now.times.length && isSame(same)) same += 1
  if (same === now.times.length && same + shift === sent.times.length) return undefined
  return {
    after: now.times[same - 1] ?? null,
    times: now.times.slice(same),
    lines: Object.fromEntries(
      names.map((name) => [name, now.lines[name]?.slice(same) ?? []] as const),
    ),
  }
}

/** Six digits are more than a screen shows, and a third of the bytes. */
function rounded(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(6))
}
