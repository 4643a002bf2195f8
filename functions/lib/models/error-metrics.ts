import { bounded } from './limits.ts'

/** Sums of errors, and how many. */
interface Sums {
  count: number
  sum: number
  absolute: number
  squared: number
}

/**
 * How well a model predicts, test-then-train: every error was made before its row was learnt (Gama, Sebastião and
 * Rodrigues, On evaluating stream learning algorithms, 2013). Plain JSON.
 */
export interface ErrorMetrics {
  all: Sums
  /** Each error counts `FADING` times as much as the one after it: some 100 errors. */
  fading: Sums
  /** The newest errors, oldest first, to six digits. */
  recent: number[]
  /** By version of the model, the newest 20 that predicted. */
  versions: ({ version: number } & Sums)[]
  /**
   * Predictions of models that may have learnt the row, and rows without a prediction or target in time: never in a
   * mean.
   */
  late: number
  unscored: number
}

/** In units of the target; null as long as there is nothing to average. */
export interface ErrorSummary {
  count: number
  mae: number | null
  rmse: number | null
  /** Mean error, target minus prediction. */
  bias: number | null
}

const FADING = 0.99
const RECENT = 500
const VERSIONS = 20
const DIGITS = 6

export function newErrorMetrics(): ErrorMetrics {
  const none = { count: 0, sum: 0, absolute: 0, squared: 0 }
  return { all: none, fading: none, recent: [], versions: [], late: 0, unscored: 0 }
}

/** Counts an error, target minus prediction; one beyond 1e100 counts as 1e100. */
export function countError(
  metrics: ErrorMetrics,
  { error: given, version }: { error: number; version: number },
): ErrorMetrics {
  const error = bounded(given)
  const known = metrics.versions.find((sums) => sums.version === version)
  const others = metrics.versions.filter((sums) => sums.version !== version)
  const none = { count: 0, sum: 0, absolute: 0, squared: 0 }
  return {
    ...metrics,
    all: added(metrics.all, error, 1),
    fading: added(metrics.fading, error, FADING),
    recent: [...metrics.recent.slice(1 - RECENT), Number(error.toPrecision(DIGITS)) + 0],
    versions: [...others.slice(1 - VERSIONS), { version, ...added(known ?? none, error, 1) }],
  }
}

/** Counts what cannot be scored; it stands beside every mean. */
export function countUnscored(metrics: ErrorMetrics, kind: 'late' | 'unscored'): ErrorMetrics {
  return { ...metrics, [kind]: metrics[kind] + 1 }
}

/** The means of all errors, of the fading and of the newest 500, and by version, oldest first. */
export function summariseErrors({ all, fading, recent, versions, late, unscored }: ErrorMetrics): {
  all: ErrorSummary
  fading: ErrorSummary
  windowed: ErrorSummary
  versions: ({ version: number } & ErrorSummary)[]
  late: number
  unscored: number
} {
  const none = { count: 0, sum: 0, absolute: 0, squared: 0 }
  return {
    all: summary(all),
    fading: summary(fading),
    windowed: summary(recent.reduce((sums, error) => added(sums, error, 1), none)),
    versions: versions
      .map(({ version, ...sums }) => ({ version, ...summary(sums) }))
      .toSorted((a, b) => a.version - b.version),
    late,
    unscored,
  }
}

function added(sums: Sums, error: number, fading: number): Sums {
  return {
    count: fading * sums.count + 1,
    sum: fading * sums.sum + error + 0,
    absolute: fading * sums.absolute + Math.abs(error),
    squared: fading * sums.squared + error * error,
  }
}

function summary({ count, sum, absolute, squared }: Sums): ErrorSummary {
  if (count === 0) return { count, mae: null, rmse: null, bias: null }
  return { count, mae: absolute / count, rmse: Math.sqrt(squared / count), bias: sum / count }
}
