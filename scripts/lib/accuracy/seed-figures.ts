import { REGIME } from './seed-stream.ts'

interface SeedFigures {
  /** Mean squared error after the first regime. */
  overall: number
  /** The largest mean of any of the five blocks of 60 rows from 300 rows after a redraw on, each over all regimes. */
  settled: number
  /**
   * Rows after a redraw until the mean of the last 20 squared errors is below 0.1: median and worst over the regimes.
   */
  recovery: { median: number; worst: number }
}

/** The figures of errors on the seed's stream, a row each; its first regime has no redraw and does not count. */
export function seedFigures(errors: readonly number[]): SeedFigures {
  const squared = errors.slice(REGIME).map((error) => error ** 2)
  const regimes = squared.length / REGIME
  const blocks = [300, 360, 420, 480, 540].map((from) =>
    mean(squared.filter((_, index) => index % REGIME >= from && index % REGIME < from + 60)),
  )
  const recoveries = Array.from({ length: regimes }, (_, regime) =>
    recovered(squared.slice(regime * REGIME, (regime + 1) * REGIME)),
  ).toSorted((a, b) => a - b)
  return {
    overall: mean(squared),
    settled: Math.max(...blocks),
    recovery: {
      median: recoveries[regimes >> 1] ?? Infinity,
      worst: recoveries.at(-1) ?? Infinity,
    },
  }
}

interface DriftFigures {
  /** The longest way from a redraw to the first drift found after it, in rows; infinite when one was never found. */
  slowest: number
  /** Drifts that were not found within 60 rows after a redraw. */
  elsewhere: number
}

/** How drifts, found at these rows, lie to the redraws of the seed's stream, of which the first is at row 600. */
export function driftFigures(drifts: readonly number[], rows: number): DriftFigures {
  const delays = Array.from({ length: rows / REGIME - 1 }, (_, index) => {
    const redraw = (index + 1) * REGIME
    const found = drifts.find((at) => at >= redraw && at < redraw + REGIME)
    return found === undefined ? Infinity : found - redraw
  })
  return {
    slowest: Math.max(...delays),
    elsewhere: drifts.filter((at) => at < REGIME || at % REGIME >= 60).length,
  }
}

function recovered(squared: readonly number[]): number {
  for (let end = 20; end <= squared.length; end += 1) {
    if (mean(squared.slice(end - 20, end)) < 0.1) return end
  }
  return Infinity
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
