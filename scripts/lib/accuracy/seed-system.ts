import type { LearningRow } from '../../../functions/lib/models/online-learner.ts'
import { predictLinear } from '../../../functions/lib/models/linear-model.ts'
import type { FittedModel } from '../../../functions/lib/models/linear-model.ts'
import { timestampKey } from '../../../functions/lib/timestamps.ts'
import { train } from '../../../functions/train/train.ts'

const SECOND = 1_000

/**
 * The errors of the seed system on its stream: its RidgeCV on the last 300 rows, refitted every 60, whatever it is
 * worth; the rows before the first fit have none.
 */
export function seedSystemErrors(stream: readonly LearningRow[]): number[] {
  let model: FittedModel | undefined
  return stream.map(({ features, target }, index) => {
    if (index > 0 && index % 60 === 0) {
      model = fitWindow(stream.slice(Math.max(0, index - 300), index))
    }
    const said = model && predictLinear(model, features, 'zero')
    return said?.kind === 'predicted' ? target - said.prediction : Number.NaN
  })
}

/** The model that train fits on a window of rows. Throws an Error when it fits none. */
export function fitWindow(window: readonly LearningRow[]): FittedModel {
  const rows = window.map((row, index) => {
    return { series: 'seed', timestamp: timestampKey(index * SECOND), ...row, predictions: {} }
  })
  const trained = train(rows, 2)
  if (trained.kind !== 'trained')
    throw new Error(`no model of ${rows.length} rows: ${trained.kind}`)
  return trained.model
}
