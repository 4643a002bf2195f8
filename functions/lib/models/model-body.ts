import { isLinearModel, predictLinear } from './linear-model.ts'
import type { LinearModel, Outcome } from './linear-model.ts'
import { isMlpModel, predictMlp } from './mlp-network.ts'
import type { MlpModel } from './mlp-network.ts'

/** A version's model as the registry keeps it: plain JSON. */
export type Model = LinearModel | MlpModel

/** Reads a stored model. Throws an Error when it is not a usable one: it is not served then. */
export function parseModel(body: string): Model {
  const model: unknown = JSON.parse(body)
  if (typeof model === 'object' && model !== null) {
    if (isLinearModel(model) || isMlpModel(model)) return model
  }
  throw new Error(
    'the stored model is of no known algorithm, or its numbers are not finite or not as many as its features ask for',
  )
}

/** Predicts one row. A missing feature counts as zero when `missing` says so (the seed system's rule). */
export function predictModel(
  model: Model,
  row: Readonly<Record<string, number>>,
  missing: 'zero' | 'refuse',
): Outcome {
  return model.algorithm === 'mlp'
    ? predictMlp(model, row, missing)
    : predictLinear(model, row, missing)
}
