import type { StoredRow } from '../lib/events.ts'
import type { Model } from '../lib/models/model-body.ts'
import type { BatchModel } from '../lib/ports/declared-models.ts'
import { train } from './train.ts'

/** A model fitted on a window, or why there is none. */
export type Fitted =
  | { kind: 'trained'; model: Model; leftOut: string[] }
  | { kind: 'too-few'; rows: number; needed: number; leftOut: string[] }
  | { kind: 'not-finite' }
  | { kind: 'refused'; reason: string }

/**
 * Fits a model on a window of rows, oldest first, each with a target: the same window and declaration always give the
 * same model.
 */
export type Fit = (window: readonly StoredRow[], declaration: BatchModel) => Promise<Fitted>

/** What fits models, each by its declared algorithm. */
export function startFit(): Fit {
  const fits: Record<BatchModel['algorithm'], Fit> = {
    ridgecv: (window, { minimumRows }) => Promise.resolve(train(window, minimumRows)),
    mlp: () =>
      Promise.resolve({
        kind: 'refused',
        reason: 'algorithm mlp is not built in: declare ridgecv, rls or gram-ridge in models.yaml',
      }),
  }
  return (window, declaration) => fits[declaration.algorithm](window, declaration)
}
