import type { StoredRow } from '../lib/events.ts'
import type { Model } from '../lib/models/model-body.ts'
import type { BatchModel } from '../lib/ports/declared-models.ts'
import type { Log } from '../lib/ports/log.ts'
import { startMlp } from './mlp.ts'
import type { TrainedMlp } from './mlp.ts'
import { train } from './train.ts'
import type { Trained } from './train.ts'

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

type Train = (
  window: readonly StoredRow[],
  declaration: BatchModel,
) => Promise<Trained | TrainedMlp>

/** What fits models, each by its declared algorithm. */
export function startFit(log: Log): Fit {
  const trainMlp = startMlp(log)
  const fits: Record<BatchModel['algorithm'], Train> = {
    ridgecv: (window, { minimumRows }) => Promise.resolve(train(window, minimumRows)),
    mlp: (window, { minimumRows }) => trainMlp(window, minimumRows),
  }
  return async (window, declaration) => {
    const { name, algorithm } = declaration
    const fitted = await fits[algorithm](window, declaration)
    if (fitted.kind !== 'too-much') return fitted
    const { rows, features } = fitted
    const reason = `${algorithm} on ${rows} rows of ${features} features takes too long: declare a smaller window for "${name}", or send fewer features`
    return { kind: 'refused', reason }
  }
}
