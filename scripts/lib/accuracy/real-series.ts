import { lagForecasts } from './lag-forecasts.ts'
import type { Lines } from './lines.ts'
import { benchIntervals } from './seed-lines.ts'
import { readSeries } from './series.ts'

const BETTER = 0.999

/**
 * On each real series, one step ahead and a whole horizon: what 90 % intervals hold, and the mean absolute error beside
 * those of the naive forecasts. Of the latter those one step ahead have a line; a horizon's is of all its steps
 * together, which rows with a target each do not give.
 */
export function benchRealSeries(lines: Lines, folder: string): void {
  for (const series of readSeries(folder)) {
    for (const horizon of [1, series.horizon]) {
      const name = `${series.name}, ${horizon} ahead: `
      const forecasts = lagForecasts(series, horizon)
      const held = forecasts.map((forecast) => forecast.held)
      benchIntervals(lines, { held }, name)
      const lossOf = (of: 'prediction' | 'naive' | 'seasonal'): number =>
        forecasts.reduce((sum, forecast) => sum + Math.abs(forecast.target - forecast[of]), 0)
      for (const [baseline, theirs] of [
        ['naive', lossOf('naive')],
        ['seasonal naive', lossOf('seasonal')],
      ] as const) {
        lines.line({
          name: `${name}MAE, share of ${baseline}'s`,
          ours: lossOf('prediction') / theirs,
          limit: horizon === 1 ? { most: BETTER } : undefined,
        })
      }
    }
  }
}
