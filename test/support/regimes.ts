import type { Sample } from './pipeline.ts'
import { randomNormal } from './random.ts'
import { at } from './workbench.ts'

/** The standard deviation of what no model can know. */
export const NOISE = 0.1

/**
 * Rows of a linear relation of three features, a second apart from 0 on. It is drawn anew at each of the rows named,
 * with coefficients of about 5.
 */
export function regimeSamples(count: number, redraws: readonly number[], seed = 1): Sample[] {
  const normal = randomNormal(seed)
  const drawn = (): number[] => Array.from({ length: 4 }, () => 5 * normal())
  let coefficients = drawn()
  return Array.from({ length: count }, (_, second) => {
    if (redraws.includes(second)) coefficients = drawn()
    const [intercept = 0, ...slopes] = coefficients
    const values = slopes.map(() => normal())
    const target = values.reduce((sum, x, index) => sum + (slopes[index] ?? 0) * x, intercept)
    return {
      timestamp: at(second),
      features: Object.fromEntries(values.map((x, index) => [`feat_${index}`, x])),
      target: target + NOISE * normal(),
    }
  })
}
