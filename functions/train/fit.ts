import type { StoredRow } from '../lib/events.ts'
import type { Model } from '../lib/models/model-body.ts'
import type { BatchModel } from '../lib/ports/declared-models.ts'
import type { TrainMlp } from './mlp.ts'
import { train } from './train.ts'

/** A model fitted on a window, or why there is none. */
export type Fitted =
  | { kind: 'trained'; model: Model; leftOut: string[] }
  | { kind: 'too-few'; rows: number; needed: number; leftOut: string[] }
  | { kind: 'not-finite' }
  | { kind: 'refused'; reason: string }

/**
 * Fits a model by its declared algorithm on a window of rows, oldest first, each with a target: the same window and
 * declaration always give the same model.
 */
export async function fit(
  window: readonly StoredRow[],
  { name, algorithm, minimumRows }: BatchModel,
  trainMlp: TrainMlp,
): Promise<Fitted> {
  if (algorithm === 'ridgecv') return train(window, minimumRows)
  const fitted = await trainMlp(window, minimumRows)
  if (fitted.kind !== 'too-much') return fitted
  const { rows, features } = fitted
  const reason = `a network on ${rows} rows of ${features} features takes too long: declare a smaller window for "${name}"`
  return { kind: 'refused', reason }
}
