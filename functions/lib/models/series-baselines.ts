import { countError, newErrorMetrics } from './error-metrics.ts'
import type { ErrorMetrics } from './error-metrics.ts'
import {
  naiveForecast,
  newSeriesMemory,
  rememberTarget,
  seasonalNaiveForecast,
} from './naive-baselines.ts'
import type { SeriesMemory } from './naive-baselines.ts'
import { shortened } from './watched-losses.ts'

/** What models of a series are measured against; plain JSON. */
export interface SeriesBaselines {
  memory: SeriesMemory
  naive: ErrorMetrics
  seasonal: ErrorMetrics
}

/** What the baselines lost on a row; null where they had nothing to say. */
export interface BaselineLosses {
  naive: number | null
  seasonal: number | null
}

/** Baselines that have seen nothing. `season` is in rows; null: the series has none. */
export function newSeriesBaselines(season: number | null): SeriesBaselines {
  return {
    memory: newSeriesMemory(season ?? 1),
    naive: newErrorMetrics(),
    seasonal: newErrorMetrics(),
  }
}

/** Lets the baselines predict the next target, then remember it. With another season than before they begin anew. */
export function countTarget(
  before: SeriesBaselines,
  target: number,
  season: number | null,
): { baselines: SeriesBaselines; losses: BaselineLosses } {
  const { memory, naive, seasonal } =
    before.memory.season === (season ?? 1) ? before : newSeriesBaselines(season)
  const forecasts = {
    naive: naiveForecast(memory),
    seasonal: season === null ? undefined : seasonalNaiveForecast(memory, 1),
  }
  return {
    baselines: {
      memory: rememberTarget(memory, target),
      naive: counted(naive, target, forecasts.naive),
      seasonal: counted(seasonal, target, forecasts.seasonal),
    },
    losses: {
      naive: lossOf(target, forecasts.naive),
      seasonal: lossOf(target, forecasts.seasonal),
    },
  }
}

function counted(
  metrics: ErrorMetrics,
  target: number,
  forecast: number | undefined,
): ErrorMetrics {
  if (forecast === undefined) return metrics
  return countError(metrics, { error: target - forecast, version: 0 })
}

function lossOf(target: number, forecast: number | undefined): number | null {
  return forecast === undefined ? null : shortened(target - forecast)
}
