import {
  naiveForecast,
  newSeriesMemory,
  rememberTarget,
  seasonalNaiveForecast,
} from '../../../functions/lib/models/naive-baselines.ts'
import type { LearningRow } from '../../../functions/lib/models/online-learner.ts'
import type { OnlineModel } from '../../../functions/lib/ports/declared-models.ts'
import { runPipeline } from './pipeline.ts'
import type { RealSeries } from './series.ts'

/** A forecast of the target at index `at`, made `horizon` steps before; given from the end of the warm-up on. */
interface LagForecast {
  at: number
  target: number
  prediction: number
  /** Whether the interval held the target; undefined where there was none. */
  held: boolean | undefined
  /** What the last value and the last season said of the target then. */
  naive: number
  seasonal: number
}

const HOUR = 3_600_000
const NEWEST = 48
const IN_SEASON = 24

/**
 * Forecasts of a series `horizon` steps ahead by a declared online ridge: the features of a row are values known by
 * then, its target comes `horizon` rows later.
 */
export function lagForecasts(series: RealSeries, horizon: number): LagForecast[] {
  const { values, season, warmUp } = series
  const ages = agesOf(series, horizon)
  const first = Math.max(...ages)
  const { predictions, held } = runPipeline(
    [declarationOf(series)],
    rowsOf(values, ages, first),
    horizon,
  ).of('lags')
  let memory = newSeriesMemory(season)
  const forecasts: LagForecast[] = []
  for (let at = horizon; at < values.length; at += 1) {
    memory = rememberTarget(memory, values[at - horizon] ?? Number.NaN)
    if (at < Math.max(warmUp, first)) continue
    const target = values[at] ?? Number.NaN
    forecasts.push({
      at,
      target,
      prediction: predictions[at - first] ?? Number.NaN,
      held: held[at - first],
      naive: naiveForecast(memory) ?? Number.NaN,
      seasonal: seasonalNaiveForecast(memory, horizon) ?? Number.NaN,
    })
  }
  return forecasts
}

/**
 * How many steps before its target a value is that becomes a feature: the newest ones known, and those around the same
 * place in the last season known.
 */
function agesOf({ lags, season }: RealSeries, horizon: number): number[] {
  const newest = Array.from({ length: Math.min(lags, NEWEST) }, (_, index) => horizon + index)
  const lastSeason = season * Math.ceil(horizon / season)
  const around = Array.from({ length: IN_SEASON }, (_, index) => lastSeason - IN_SEASON / 2 + index)
  return [...new Set([...newest, ...around.filter((age) => age >= horizon)])]
}

function* rowsOf(
  values: Float64Array,
  ages: readonly number[],
  first: number,
): Generator<LearningRow> {
  for (let at = first; at < values.length; at += 1) {
    const features: Record<string, number> = {}
    for (const age of ages) features[`lag_${age}`] = values[at - age] ?? Number.NaN
    yield { features, target: values[at] ?? Number.NaN }
  }
}

function declarationOf({ name, season }: RealSeries): OnlineModel {
  return {
    name: 'lags',
    series: name,
    algorithm: 'gram-ridge',
    forgetting: 0.9995,
    jump: null,
    missing: 'refuse',
    cadence: HOUR,
    grace: 30 * HOUR,
    season,
    triggers: { tick: false, drift: false, every: null },
  }
}
