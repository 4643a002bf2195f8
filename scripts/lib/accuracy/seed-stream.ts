import type { LearningRow } from '../../../functions/lib/models/online-learner.ts'
import { simulate } from '../../../functions/simulate/simulate.ts'

export const REGIME = 600
export const FEATURES = Array.from({ length: 10 }, (_, index) => `feat_${index}`)

const SEED = 12345

/** The seed system's stream as the simulator makes it: new coefficients every 600 rows. */
export function seedStream(regimes: number): LearningRow[] {
  return Array.from({ length: regimes * REGIME }, (_, second) => simulate(SEED, second))
}

/** The same stream without a redraw: the features of the simulator, one relation, and noise of the same size. */
export function quietStream(rows: number): LearningRow[] {
  return Array.from({ length: rows }, (_, second) => {
    const { features } = simulate(SEED, second)
    const noise = 0.1 * (simulate(SEED + 1, second).features['feat_0'] ?? 0)
    const target = FEATURES.reduce(
      (sum, name, index) => sum + (5 + 10 * index) * (features[name] ?? 0),
      noise,
    )
    return { features, target }
  })
}
