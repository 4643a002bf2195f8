import type { Score, StoredRow } from '../lib/events.ts'

/** A prediction from the features of its own moment looks no step ahead. */
const NOWCAST_HORIZON = 0

/**
 * The error of each model's prediction of a row, `target - prediction`; none while the target is missing.
 *
 * A score is late when its model may have learnt the row: it was trained through the row's timestamp or later, or its
 * producer did not say. `trainedThrough: null` says the model had learnt nothing.
 */
export function score({ series, timestamp, target, predictions }: StoredRow): Score[] {
  if (target === undefined) return []
  return Object.entries(predictions).map(
    ([model, { prediction, champion: _champion, ...made }]) => {
      const { trainedThrough } = made
      return {
        series,
        timestamp,
        model,
        ...made,
        horizon: NOWCAST_HORIZON,
        origin: timestamp,
        error: target - prediction,
        ypred_: prediction,
        ytrue_: target,
        late:
          trainedThrough === undefined || (trainedThrough !== null && trainedThrough >= timestamp),
      }
    },
  )
}
