import { element, figures, link, listed, state, table, texts } from './elements.js'
import { dateAndTime, figure, score, timeOfDay, whole } from './format.js'
import { morph } from './morph.js'

/**
 * @import {Status} from '../status.ts'
 */

/**
 * The newest figures of a series.
 *
 * @param {HTMLElement} host
 * @param {Status} status
 * @param {string | undefined} name
 */
export function showFigures(host, status, name) {
  const series = status.series.find((one) => one.series === name)
  const lag = status.topics.flatMap(({ groups }) => groups).reduce((sum, one) => sum + one.lag, 0)
  const errors = (series?.perModel ?? []).map((one) => {
    return figureOf(
      `${one.model}, squared error`,
      figure(one.mse30),
      `30 s; 300 s: ${figure(one.mse300)}`,
    )
  })
  const first = errors.length > 0 ? errors : [figureOf('squared error', '–', '30 s')]
  const newest = status.models.map(({ name: model, versions, newest: { version } }) => {
    return figureOf(`${model}, newest version`, whole(version), `of ${whole(versions)} kept`)
  })
  morph(host, [
    ...first.slice(0, 4),
    ...newest.slice(0, 2),
    figureOf(
      'scored',
      series ? whole(series.scored) : '–',
      `of the newest ${whole(series?.rows ?? 0)} rows`,
    ),
    figureOf('unscored', series ? whole(series.unscored) : '–', `${whole(series?.late ?? 0)} late`),
    figureOf('lag', whole(lag), 'records not finished'),
  ])
}

/**
 * @param {HTMLElement} host
 * @param {Status} status
 */
export function showModels(host, { models }) {
  show(
    host,
    'No model is trained yet.',
    models.map(({ name, versions, list }) =>
      table(
        `${name}: ${whole(versions)} version${versions === 1 ? '' : 's'} kept`,
        figures('version', 'score (R²)', 'trained through', 'registered'),
        list.map((one) => [
          whole(one.version),
          score(one.score),
          dateAndTime(one.trainedThrough),
          timeOfDay(one.uploadedAt),
        ]),
      ),
    ),
  )
}

/**
 * @param {HTMLElement} host
 * @param {Status} status
 */
export function showServices(host, { services }) {
  const rows = services.map((one) => [
    link(one.url, one.name),
    state(one.state),
    `${one.instances} of ${one.desired}${one.isPanicking ? ', panic' : ''}`,
    whole(one.inFlight),
    whole(one.queued),
    whole(one.restarts),
  ])
  const columns = [
    ...texts('service', 'state'),
    ...figures('instances', 'in flight', 'queued', 'restarts'),
  ]
  show(host, 'No Service is declared.', rows.length === 0 ? [] : [table('', columns, rows)])
}

/**
 * @param {HTMLElement} host
 * @param {Status} status
 */
export function showTopics(host, { topics }) {
  const rows = topics.map(({ topic, partitions, records, newest, groups }) => [
    topic,
    whole(partitions),
    whole(newest),
    whole(records),
    groups.length === 0
      ? 'no group'
      : listed(
          groups.map(({ group, lag }) => `${group} ${lag === 0 ? 'done' : `${whole(lag)} behind`}`),
        ),
  ])
  const columns = [
    ...figures('topic', 'partitions', 'written', 'kept'),
    ...texts('groups and their lag'),
  ]
  show(host, 'No KafkaTopic is declared.', rows.length === 0 ? [] : [table('', columns, rows)])
}

/**
 * @param {HTMLElement} host
 * @param {Status} status
 */
export function showSources(host, { sources }) {
  const rows = sources.map((one) => [
    one.name,
    whole(one.delivered),
    whole(one.retried),
    whole(one.deadLettered),
    whole(one.dropped),
    one.next === undefined ? '' : timeOfDay(one.next),
  ])
  const columns = figures('source', 'delivered', 'retried', 'dead letters', 'lost', 'fires next')
  show(host, 'No source is declared.', rows.length === 0 ? [] : [table('', columns, rows)])
}

/**
 * @param {HTMLElement} host
 * @param {Status} status
 */
export function showDeadLetters(host, { deadLetters: { count, more, newest } }) {
  const rows = newest.map((one) => [timeOfDay(one.storedAt), one.code, one.reason, one.type])
  const caption = `${whole(count)}${more ? ' or more' : ''} kept; the newest:`
  show(
    host,
    'None: everything that came could be processed.',
    rows.length === 0
      ? []
      : [table(caption, texts('stored', 'code', 'reason', 'event type'), rows)],
  )
}

/**
 * @param {HTMLElement} host
 * @param {string} empty
 * @param {Node[]} parts
 */
function show(host, empty, parts) {
  morph(host, parts.length === 0 ? [element('p', 'nothing', empty)] : parts)
}

/**
 * @param {string} term
 * @param {string} value
 * @param {string} note
 */
function figureOf(term, value, note) {
  return element(
    'div',
    '',
    element('dt', '', term),
    element('dd', 'value', value),
    element('dd', 'note', note),
  )
}
