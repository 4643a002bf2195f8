import { figure } from './format.js'

/**
 * @import {Curve, CurveChange} from '../curves.ts'
 *
 * @typedef {object} ChartOptions
 * @property {string} label What the chart shows, for those who do not see it.
 * @property {boolean} logarithmic
 * @property {string | undefined} reference The line that the others are compared with, drawn broad and pale.
 *
 * @typedef {object} Mark
 * @property {string} timestamp
 * @property {'drift' | 'decision'} kind
 * @property {string} text
 *
 * @typedef {object} Chart
 * @property {(curve: Curve, marks?: readonly Mark[]) => void} draw
 * @property {() => void} restyle Draws again in the colours there are now.
 */

/** The least value a logarithmic axis shows: an exact prediction has no logarithm. */
const FLOOR = 1e-6
const HEIGHT = 260
const COLOURS = 6

/** @type {Curve} */
export const NOTHING = { times: [], lines: {} }

/**
 * A chart that fills the width of its host and says in words what it shows.
 *
 * @param {HTMLElement} host
 * @param {ChartOptions} options
 * @returns {Chart}
 */
export function createChart(host, options) {
  let drawn = NOTHING
  /** @type {readonly Mark[]} */
  let marked = []
  /** @type {uPlot | undefined} */
  let plot
  let plotted = ''

  const clear = () => {
    plot?.destroy()
    plot = undefined
  }
  const draw = () => {
    host.classList.toggle('empty', drawn.times.length === 0)
    describe(host, options, drawn, marked)
    const names = Object.keys(drawn.lines)
    const shape = names.join('\n')
    if (drawn.times.length === 0 || shape !== plotted) clear()
    if (drawn.times.length === 0) return
    if (plot === undefined) {
      const plotting = plotOptions(host, names, options)
      const hooks = { drawAxes: [drawMarks] }
      plot = new uPlot({ ...plotting, hooks }, plotData(drawn, options), host)
      plotted = shape
    } else plot.setData(plotData(drawn, options))
  }

  /** @param {uPlot} on */
  const drawMarks = (on) => {
    for (const { timestamp, kind } of marked) markAt(on, Date.parse(timestamp) / 1_000, kind)
  }

  new ResizeObserver(() => {
    plot?.setSize({ width: host.clientWidth, height: HEIGHT })
  }).observe(host)

  return {
    draw(curve, marks = []) {
      drawn = curve
      marked = marks
      draw()
    },
    restyle() {
      clear()
      draw()
    },
  }
}

/**
 * A vertical line through the plot: dashed where the world changed, whole where a decision was made.
 *
 * @param {uPlot} plot
 * @param {number} seconds
 * @param {Mark['kind']} kind
 */
function markAt(plot, seconds, kind) {
  const { ctx, bbox, scales } = plot
  const { min, max } = scales['x'] ?? {}
  if (typeof min !== 'number' || typeof max !== 'number' || seconds < min || seconds > max) return
  const x = Math.round(plot.valToPos(seconds, 'x', true))
  const style = getComputedStyle(document.documentElement)
  ctx.save()
  ctx.strokeStyle = style.getPropertyValue(kind === 'drift' ? '--bad' : '--good').trim()
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash(kind === 'drift' ? [4 * devicePixelRatio, 4 * devicePixelRatio] : [])
  ctx.beginPath()
  ctx.moveTo(x, bbox.top)
  ctx.lineTo(x, bbox.top + bbox.height)
  ctx.stroke()
  ctx.restore()
}

/**
 * The curve with a change applied, its newest points.
 *
 * @param {Curve} curve
 * @param {CurveChange} change
 * @param {number} points
 * @returns {Curve}
 */
export function changed(curve, { after, times, lines }, points) {
  const kept = after === null ? 0 : curve.times.findLastIndex((time) => time <= after) + 1
  const start = Math.max(0, kept + times.length - points)
  return {
    times: [...curve.times.slice(0, kept), ...times].slice(start),
    lines: Object.fromEntries(
      Object.entries(lines).map(([name, values]) => {
        return [name, [...(curve.lines[name] ?? []).slice(0, kept), ...values].slice(start)]
      }),
    ),
  }
}

/**
 * @param {Curve} curve
 * @param {ChartOptions} options
 * @returns {uPlot.AlignedData}
 */
function plotData({ times, lines }, { logarithmic }) {
  const values = Object.values(lines).map((line) =>
    line.map((value) => (logarithmic && value !== null ? Math.max(value, FLOOR) : value)),
  )
  return [times.map((time) => time / 1_000), ...values]
}

/**
 * @param {HTMLElement} host
 * @param {string[]} names
 * @param {ChartOptions} options
 * @returns {uPlot.Options}
 */
function plotOptions(host, names, { logarithmic, reference }) {
  const style = getComputedStyle(document.documentElement)
  /** @param {string} name */
  const colour = (name) => style.getPropertyValue(name).trim()
  const axis = {
    stroke: colour('--muted'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { stroke: colour('--grid'), width: 1, size: 4 },
  }
  const models = names.filter((name) => name !== reference)
  return {
    width: host.clientWidth,
    height: HEIGHT,
    // On the right, half of the last tick's label.
    padding: [10, 28, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    legend: { markers: { width: 2 } },
    scales: { x: { time: true }, y: logarithmic ? logarithmicScale() : {} },
    axes: [
      { ...axis, space: 80, values: TIME_LABELS },
      {
        ...axis,
        size: 62,
        ...(logarithmic ? { splits: powersOfTen, filter: (_, splits) => splits } : {}),
        values: (_, splits) => splits.map((value) => axisLabel(value)),
      },
    ],
    series: [
      { label: 'UTC', value: (plot, value) => timeLabel(value ?? plot.data[0].at(-1)) },
      ...names.map((name) => {
        const isReference = name === reference
        return {
          label: isReference ? 'target' : name,
          stroke: colour(isReference ? '--reference' : `--line-${models.indexOf(name) % COLOURS}`),
          width: isReference ? 4 : 1.75,
          points: { show: false },
          spanGaps: false,
          value: underCursorOrNewest,
        }
      }),
    ],
  }
}

/**
 * The value under the cursor, or the newest when there is no cursor.
 *
 * @type {(plot: uPlot, value: number | null, line: number, at: number | null) => string}
 */
function underCursorOrNewest(plot, value, line, at) {
  return figure(at === null ? plot.data[line]?.at(-1) : value)
}

/**
 * As uPlot numbers its distributions: its own names for them exist for TypeScript only.
 *
 * @type {uPlot.Scale.Distr}
 */
// oxlint-disable-next-line typescript/no-unsafe-enum-assignment
const LOGARITHMIC = 3

/** @returns {uPlot.Scale} */
function logarithmicScale() {
  return {
    distr: LOGARITHMIC,
    log: 10,
    range: (_, least, most) => {
      const low = Math.floor(Math.log10(least > 0 ? least : FLOOR))
      const high = Math.ceil(Math.log10(most > 0 ? most : 1))
      return [10 ** low, 10 ** Math.max(high, low + 1)]
    },
  }
}

/** Hours and minutes; seconds only where the ticks are closer. */
const TIME_LABELS = [
  [3_600 * 24, '{YYYY}-{MM}-{DD}', null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, null, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1],
]

/**
 * Ticks at powers of ten, at most seven of them.
 *
 * @type {(plot: uPlot, axis: number, least: number, most: number) => number[]}
 */
function powersOfTen(_, __, least, most) {
  const low = Math.round(Math.log10(least))
  const high = Math.round(Math.log10(most))
  const step = Math.ceil((high - low) / 6)
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (___, index) => {
    return 10 ** (low + index * step)
  })
}

/** @param {number | null} value */
function axisLabel(value) {
  if (value === null) return ''
  const size = Math.abs(value)
  if (size >= 1e4 || (size > 0 && size < 1e-3)) return value.toExponential(0).replace('e+', 'e')
  return String(Number(value.toPrecision(6)))
}

/** @param {number | undefined} seconds */
function timeLabel(seconds) {
  return seconds === undefined ? '–' : new Date(seconds * 1_000).toISOString().slice(11, 19)
}

/**
 * @param {HTMLElement} host
 * @param {ChartOptions} options
 * @param {Curve} curve
 * @param {readonly Mark[]} marks
 */
function describe(host, { label }, { times, lines }, marks) {
  const newest = Object.entries(lines).map(([name, line]) => `${name} ${figure(line.at(-1))}`)
  host.setAttribute('role', 'img')
  const now = times.length === 0 ? 'nothing yet' : `newest: ${newest.join(', ')}`
  const last = marks.at(-1)
  const event = last === undefined ? '' : `; last mark: ${last.text} at ${last.timestamp}`
  host.setAttribute('aria-label', `${label}; ${now}${event}`)
}
