import { NOTHING, changed, createChart } from './charts.js'
import { connect } from './connection.js'
import { showEvaluation } from './evaluation-panel.js'
import { dateAndTime } from './format.js'
import { showLettersOf } from './letter.js'
import {
  showDeadLetters,
  showFigures,
  showModels,
  showServices,
  showSources,
  showTopics,
} from './panels.js'

/**
 * @import {Status} from '../status.ts'
 * @import {SeriesCurves} from '../curves.ts'
 * @import {PictureChange} from '../picture.ts'
 */

/** As `curves.ts` names it. */
const TARGET = 'the target'

/** @param {string} id */
function part(id) {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  return found
}

/** @param {HTMLElement} host */
function selectIn(host) {
  const found = host.querySelector('select')
  if (found === null) throw new Error('there is no select')
  return found
}

/** @param {HTMLElement} host */
function dialogIn(host) {
  const found = host.querySelector('dialog')
  if (found === null) throw new Error('there is no dialog')
  return found
}

/** Points kept of each curve. */
const POINTS = { live: 120, errors: 1_800 }

const charts = {
  errors: createChart(part('errors'), {
    label: 'Mean squared error of 30 seconds, logarithmic',
    logarithmic: true,
    reference: undefined,
  }),
  live: createChart(part('live'), {
    label: 'Target and predictions of the newest rows',
    logarithmic: false,
    reference: TARGET,
  }),
}

/** @type {Status} */
let status = {
  time: '',
  speed: 1,
  services: [],
  sources: [],
  topics: [],
  models: [],
  series: [],
  evaluations: [],
  deadLetters: { count: 0, more: false, newest: [] },
  why: null,
}
/** @type {Map<string, SeriesCurves>} */
const curves = new Map()

const choice = selectIn(part('series-choice'))

/** @type {string | undefined} */
let wanted

/**
 * The series the reader has chosen; until then the first that has scores, or else rows.
 *
 * @returns {string | undefined}
 */
function chosenSeries() {
  const { series } = status
  const one =
    series.find((each) => each.series === wanted) ??
    series.find(({ scored }) => scored > 0) ??
    series.find(({ rows }) => rows > 0) ??
    series[0]
  return one?.series
}

function chosenEvaluation() {
  const chosen = chosenSeries()
  return status.evaluations.find(({ series }) => series === chosen)
}

/** @param {PictureChange} change */
function apply(change) {
  status = { ...status, ...change.status }
  for (const [series, { live, errors }] of Object.entries(change.curves)) {
    const before = curves.get(series) ?? { live: NOTHING, errors: NOTHING }
    curves.set(series, {
      live: live === undefined ? before.live : changed(before.live, live, POINTS.live),
      errors: errors === undefined ? before.errors : changed(before.errors, errors, POINTS.errors),
    })
  }
  showHead()
  const { series, evaluations, services, sources, topics, models, deadLetters } = change.status
  if (series) showChoice()
  if (series || models || topics) showFigures(part('figures'), status, chosenSeries())
  if (series || evaluations) showEvaluation(part('evaluation'), chosenEvaluation())
  if (models) showModels(part('models'), status)
  if (services) showServices(part('services'), status)
  if (topics) showTopics(part('topics'), status)
  if (sources) showSources(part('sources'), status)
  if (deadLetters) showDeadLetters(part('dead'), status)
  const chosen = chosenSeries()
  if (chosen !== drawn || evaluations || Object.hasOwn(change.curves, chosen ?? '')) drawCharts()
}

function showHead() {
  const { time, speed, why } = status
  const clock = part('clock')
  clock.textContent = `${dateAndTime(time)} UTC`
  clock.setAttribute('datetime', time)
  const badge = part('speed')
  badge.textContent = speed === 'max' ? 'lock step' : `×${speed}`
  badge.hidden = speed === 1
  showLine('why', why)
}

function showChoice() {
  const names = status.series.map(({ series }) => series)
  part('series-choice').hidden = names.length < 2
  const shown = [...choice.options].map(({ value }) => value)
  // A list that is open closes when it is written: it is written only when it changes.
  if (shown.join('\n') !== names.join('\n')) {
    choice.replaceChildren(...names.map((name) => new Option(name)))
  }
  choice.value = chosenSeries() ?? ''
}

/** @type {string | undefined} */
let drawn

function drawCharts() {
  // A hidden page draws nothing; it is drawn when it is seen again.
  if (document.hidden) return
  drawn = chosenSeries()
  const shown = curves.get(drawn ?? '')
  charts.errors.draw(shown?.errors ?? NOTHING, chosenEvaluation()?.marks)
  charts.live.draw(shown?.live ?? NOTHING)
}

/**
 * @param {string} id
 * @param {string | null} text
 */
function showLine(id, text) {
  const line = part(id)
  line.hidden = text === null
  // Written only when it changes: a screen reader says each change.
  if (text !== null && line.textContent !== text) line.textContent = text
}

/** @param {string} state */
function showConnection(state) {
  const shown = part('connection')
  if (shown.dataset['state'] === state) return
  shown.dataset['state'] = state
  shown.textContent = state === 'live' ? 'live' : 'not connected'
}

choice.addEventListener('change', () => {
  wanted = choice.value
  showFigures(part('figures'), status, chosenSeries())
  showEvaluation(part('evaluation'), chosenEvaluation())
  drawCharts()
})
document.addEventListener('visibilitychange', drawCharts)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  charts.errors.restyle()
  charts.live.restyle()
})
drawCharts()
showLettersOf(part('dead'), dialogIn(document.body))
connect({
  onPicture(change) {
    showConnection('live')
    showLine('problem', null)
    apply(change)
  },
  onProblem: (detail) => showLine('problem', `The stores cannot be read now: ${detail}`),
  onLost: () => showConnection('lost'),
})
