import { isLinearModel } from '../lib/models/linear-model.ts'
import type { Snapshot } from '../lib/models/linear-model.ts'
import { formOf } from './learner.ts'
import type { OnlineState } from './online-state.ts'
import { prequentialR2 } from './prequential.ts'

/** A learner's function as a version keeps it, or why there is none. */
export type Made = { kind: 'made'; snapshot: Snapshot } | { kind: 'none'; reason: string }

/** The model as it is now. It is of the rows learnt, so rows that were passed over since change nothing in it. */
export function snapshotOf({ learner, window, quality }: OnlineState): Made {
  if (learner === null || window === null) return { kind: 'none', reason: 'no row is learnt yet' }
  const snapshot: Snapshot = {
    algorithm: learner.algorithm,
    ...formOf(learner),
    r2: prequentialR2(quality),
    rows: learner.rows,
    window,
  }
  return isLinearModel(snapshot)
    ? { kind: 'made', snapshot }
    : { kind: 'none', reason: 'the model is not finite, the rows hold too large numbers' }
}
