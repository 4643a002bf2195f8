import type { Rejection, Score, StoredRow } from '../lib/events.ts'

/** The scores of a row, and the models whose error is no number. */
export interface Scored {
  scores: Score[]
  rejections: Rejection[]
}

/** A prediction from the features of its own moment looks no step ahead. */
const NOWCAST_HORIZON = 0

/**
 * The error of each model's prediction of a row, `target - prediction`; none while the target is missing. A
 * difference beyond the largest number is a rejection.
 *
 * A score is late when its model may have learnt the row: it was trained through the row's timestamp or later, or its
 * producer did not say. `trainedThrough: null` says the model had learnt nothing.
 */
export function score({ series, timestamp, target, predictions }: StoredRow): Scored {
  const scored: Scored = { scores: [], rejections: [] }
  if (target === undefined) return scored
  for (const [model, { prediction, champion: _champion, ...made }] of Object.entries(predictions)) {
    const error = target - prediction
    if (!Number.isFinite(error)) {
      const row = { series, timestamp, model, target, prediction }
      const reason = `the error of "${model}" is beyond the largest number`
      scored.rejections.push({ row, code: 'not-a-number', reason })
      continue
    }
    const { trainedThrough } = made
    scored.scores.push({
      series,
      timestamp,
      model,
      ...made,
      horizon: NOWCAST_HORIZON,
      origin: timestamp,
      error,
      ypred_: prediction,
      ytrue_: target,
      late:
        trainedThrough === undefined || (trainedThrough !== null && trainedThrough >= timestamp),
    })
  }
  return scored
}
