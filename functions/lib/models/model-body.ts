import { isLinearModel, predictLinear } from './linear-model.ts'
import type { LinearModel, Outcome } from './linear-model.ts'

/** A version's model as the registry keeps it: plain JSON. */
export type Model = LinearModel

/** Reads a stored model. Throws an Error when it is not a usable one: it is not served then. */
export function parseModel(body: string): Model {
  const model: unknown = JSON.parse(body)
  if (typeof model === 'object' && model !== null && isLinearModel(model)) return model
  throw new Error('the stored model is no linear model with one finite coefficient a feature')
}

/** Predicts one row. A missing feature counts as zero when `missing` says so (the seed system's rule). */
export function predictModel(
  model: Model,
  row: Readonly<Record<string, number>>,
  missing: 'zero' | 'refuse',
): Outcome {
  return predictLinear(model, row, missing)
}
