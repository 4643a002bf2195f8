import { element, figures, table, texts } from './elements.js'
import { dateAndTime, figure, whole } from './format.js'
import { morph } from './morph.js'

/**
 * @import {EvaluationStatus} from '../evaluation-status.ts'
 */

const LISTED_DECISIONS = 20

/**
 * What evaluate has found of a series: errors by model and by version, what intervals hold, and its decisions.
 *
 * @param {HTMLElement} host
 * @param {EvaluationStatus | undefined} evaluation
 */
export function showEvaluation(host, evaluation) {
  if (evaluation === undefined || evaluation.models.length === 0) {
    const why = evaluation?.problem ?? 'No score was counted yet.'
    morph(host, [element('p', 'nothing', why)])
    return
  }
  const { decisions } = evaluation
  morph(host, [
    modelTable(evaluation),
    versionTable(evaluation),
    decisions.length === 0
      ? element('p', 'nothing', 'No champion or version was changed yet.')
      : decisionTable(evaluation),
  ])
}

/** @param {EvaluationStatus} evaluation */
function modelTable({ models, baselines }) {
  const rows = models.map((one) => [
    one.isChampion ? `${one.model} (champion)` : one.model,
    figure(one.recent.mae),
    figure(one.recent.rmse),
    figure(one.all.mae),
    percent(one.coverage),
    figure(one.margin),
    whole(one.all.count),
    whole(one.late),
    whole(one.unscored),
    one.standing ?? '',
  ])
  const naive = baselines.map(({ name, mae, count }) => {
    return [name, '', '', figure(mae), '', '', whole(count), '', '', 'a baseline']
  })
  const columns = [
    ...texts('model'),
    ...figures('MAE of 500', 'RMSE of 500', 'MAE of all', '90 % held', 'margin'),
    ...figures('scored', 'late', 'unscored'),
    ...texts('why not champion'),
  ]
  return table('Each error was made before its row was learnt.', columns, [...rows, ...naive])
}

/** @param {EvaluationStatus} evaluation */
function versionTable({ models }) {
  const rows = models.flatMap(({ model, versions }) =>
    versions.map((one) => [
      model,
      `${one.version}${one.state === null ? '' : `, ${one.state}`}`,
      whole(one.count),
      figure(one.mae),
      figure(one.rmse),
    ]),
  )
  return table(
    'By version, the newest first',
    figures('model', 'version', 'scored', 'MAE', 'RMSE'),
    rows,
  )
}

/** @param {EvaluationStatus} evaluation */
function decisionTable({ decisions }) {
  const rows = decisions
    .slice(0, LISTED_DECISIONS)
    .map((one) => [
      one.timestamp === null ? '–' : dateAndTime(one.timestamp),
      one.kind,
      one.model,
      one.by,
      one.why,
    ])
  return table(
    'What was decided, and on which numbers; the newest first',
    texts('row', 'decision', 'model', 'by', 'why'),
    rows,
  )
}

/** @param {number | null} share */
function percent(share) {
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`
}
