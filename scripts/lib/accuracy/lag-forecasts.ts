import {
  learnGramRidge,
  newGramRidge,
  predictGramRidge,
} from '../../../functions/lib/models/gram-ridge.ts'
import type { LearningRow } from '../../../functions/lib/models/online-learner.ts'
import type { RealSeries } from './series.ts'

/** A forecast of the target at index `at`, made `horizon` steps before; `scored` from the end of the warm-up. */
export interface LagForecast {
  at: number
  target: number
  prediction: number
}

const SOLVE_EVERY = 24

/**
 * Forecasts of a series `horizon` steps ahead by an online ridge on its last values, each less their mean: a row is
 * learnt once its target has come, 24 at a time, and every forecast is made before.
 */
export function lagForecasts({ values, lags, warmUp }: RealSeries, horizon: number): LagForecast[] {
  const names = Array.from({ length: lags }, (_, index) => `lag_${index}`)
  let state = newGramRidge(names, {
    forgetting: 0.9995,
    relativePenalty: 0.01,
    solveEvery: SOLVE_EVERY,
  })
  const forecasts: LagForecast[] = []
  let waiting: LearningRow[] = []
  for (let at = lags + horizon - 1; at < values.length; at += 1) {
    const window = values.subarray(at - horizon - lags + 1, at - horizon + 1)
    const mean = window.reduce((sum, value) => sum + value, 0) / lags
    const features: Record<string, number> = {}
    for (const [index, name] of names.entries()) features[name] = (window[index] ?? 0) - mean
    const target = values[at] ?? 0
    const outcome = predictGramRidge(state, features)
    if (outcome.kind === 'predicted' && at >= warmUp) {
      forecasts.push({ at, target, prediction: outcome.prediction + mean })
    }
    waiting.push({ features, target: target - mean })
    // The forecast of the next step was made `horizon` steps before it: rows up to the last known value may be learnt.
    if (waiting.length >= SOLVE_EVERY + horizon - 1) {
      state = learnGramRidge(state, waiting.slice(0, SOLVE_EVERY)).state
      waiting = waiting.slice(SOLVE_EVERY)
    }
  }
  return forecasts
}
