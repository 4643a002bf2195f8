import { everyInterval, formula, topValues } from './columns.ts'
import { lineChart, table } from './lens.ts'

/**
 * The seed's expression: the square of what the average target and the average prediction of a second differ by,
 * averaged over the thirty seconds before. Targets and predictions are documents of their own; averages of a bucket
 * bring them together.
 */
export const SQUARED_ERROR =
  'moving_average(pow(average(target) - average(prediction), 2), window=30)'

/** The buckets that the seed's window counts: samples come one a second. */
const SECOND = '1s'

export const squaredError = lineChart({
  id: 'nowcast-squared-error',
  title: 'Squared error, average over 30 s',
  description: '(average target − average prediction)² of each second, moving average of 30',
  query: 'kind: "target" or kind: "prediction"',
  columns: { time: everyInterval(SECOND), error: formula(SQUARED_ERROR, 'squared error') },
})

export const targetAndPrediction = lineChart({
  id: 'nowcast-target-prediction',
  title: 'Target and prediction',
  description: 'Averages of a second, over all models',
  query: 'kind: "target" or kind: "prediction"',
  columns: {
    time: everyInterval(SECOND),
    target: formula('average(target)', 'target'),
    prediction: formula('average(prediction)', 'prediction'),
  },
})

export const errorByVersion = lineChart({
  id: 'nowcast-error-by-version',
  title: 'Error by model version',
  description: 'Root mean squared error of each half minute; scores that came late do not count',
  query: 'kind: "error" and not late: true',
  columns: {
    by: topValues('model_version', 'model version', 10),
    time: everyInterval('30s'),
    error: formula('pow(average(squared_error), 0.5)', 'root mean squared error'),
  },
})

export const scoresByVersion = table({
  id: 'nowcast-scores-by-version',
  title: 'Scores by model version',
  description: 'Scores that came late do not count',
  query: 'kind: "error" and not late: true',
  columns: {
    by: topValues('model_version', 'model version', 20),
    scored: formula('count()', 'rows scored'),
    error: formula('pow(average(squared_error), 0.5)', 'root mean squared error'),
    bias: formula('average(error)', 'mean error'),
  },
})
