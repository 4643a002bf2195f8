import { coverageOf } from './coverage.ts'
import { lagForecasts } from './lag-forecasts.ts'
import type { Lines } from './lines.ts'
import { readSeries } from './series.ts'

/**
 * What 90 % intervals hold on each real series, one step ahead and a whole horizon, targets known when they have
 * come.
 */
export function benchRealSeries({ line }: Lines, folder: string): void {
  for (const series of readSeries(folder)) {
    for (const horizon of [1, series.horizon]) {
      const { overall, worst } = coverageOf(lagForecasts(series, horizon), horizon)
      const name = `${series.name}, ${horizon} ahead`
      line({ name, ours: overall, limit: { least: 0.88, most: 0.92 } })
      line({ name: `${name}, worst 500`, ours: worst, limit: { least: 0.75 } })
    }
  }
}
