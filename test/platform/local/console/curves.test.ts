import { describe, expect, it } from '@jest/globals'

import type { StoredRow } from '../../../../functions/lib/events.ts'
import {
  ERROR_POINTS,
  LIVE_POINTS,
  curveChange,
  movingSquaredErrors,
  seriesCurves,
} from '../../../../platform/local/console/curves.ts'
import type { Curve } from '../../../../platform/local/console/curves.ts'
import { score } from '../../../support/console-server.ts'
import { at } from '../../../support/workbench.ts'

const row = (second: number, prediction?: number): StoredRow => ({
  series: 's',
  timestamp: at(second),
  features: { a: 1 },
  target: second,
  predictions:
    prediction === undefined
      ? {}
      : { m: { prediction, version: 0, lower: null, upper: null, level: null, champion: true } },
})

describe('the moving squared error', () => {
  it('is the mean of the 30 seconds that end at each score', () => {
    const scores = [0, 10, 29, 30, 59, 60].map((second, index) => score(at(second), index))
    expect(movingSquaredErrors(scores).map(({ mean }) => mean)).toEqual([
      0,
      (0 + 1) / 2,
      (0 + 1 + 4) / 3,
      (1 + 4 + 9) / 3,
      (9 + 16) / 2,
      (16 + 25) / 2,
    ])
  })

  it('keeps nothing of a large error once it has left the window', () => {
    const scores = Array.from({ length: 90 }, (_, second) =>
      score(at(second), second < 30 ? 1e9 : 1e-3),
    )
    expect(movingSquaredErrors(scores).at(-1)?.mean).toBeCloseTo(1e-6, 15)
  })
})

describe('the curves of a series', () => {
  it('show the target, and each prediction where there is one', () => {
    expect(seriesCurves([row(0), row(1, 1.5)], []).live).toEqual({
      times: [Date.parse(at(0)), Date.parse(at(1))],
      lines: { 'the target': [0, 1], m: [null, 1.5] },
    })
  })

  it('leave late scores out', () => {
    const scores = [score(at(0), 2), score(at(1), 100, { late: true }), score(at(2), 4)]
    expect(seriesCurves([], scores).errors).toEqual({
      times: [Date.parse(at(0)), Date.parse(at(2))],
      lines: { m: [4, 10] },
    })
  })

  it('are bounded, however much they are made from', () => {
    const rows = Array.from({ length: 300 }, (_, second) => row(second))
    const scores = Array.from({ length: 2_000 }, (_, second) => score(at(second), 1))
    const { live, errors } = seriesCurves(rows, scores)
    expect(live.times).toHaveLength(LIVE_POINTS)
    expect(errors.times).toHaveLength(ERROR_POINTS)
  })

  it('take any model name', () => {
    const { errors } = seriesCurves([], [score(at(0), 2, { model: '__proto__' })])
    expect(Object.entries(errors.lines)).toEqual([['__proto__', [4]]])
  })
})

/** What the page does with a change, but for forgetting the oldest points. */
function applied(curve: Curve, change: ReturnType<typeof curveChange>): Curve {
  if (change === undefined) return curve
  const { after, times, lines } = change
  const kept = curve.times.filter((time) => after !== null && time <= after)
  return {
    times: [...kept, ...times],
    lines: Object.fromEntries(
      Object.entries(lines).map(([name, values]) => [
        name,
        [...(curve.lines[name] ?? []).slice(0, kept.length), ...values],
      ]),
    ),
  }
}

describe('the change of a curve', () => {
  const sent: Curve = { times: [1, 2, 3], lines: { m: [10, 20, 30] } }

  it.each<{ when: string; now: Curve; points: number | undefined }>([
    { when: 'nothing changed', now: sent, points: undefined },
    {
      when: 'a point came',
      now: { times: [1, 2, 3, 4], lines: { m: [10, 20, 30, 40] } },
      points: 1,
    },
    {
      when: 'points came and the oldest went',
      now: { times: [2, 3, 4, 5], lines: { m: [20, 30, 40, 50] } },
      points: 2,
    },
    {
      when: 'the newest point changed',
      now: { times: [1, 2, 3], lines: { m: [10, 20, 31] } },
      points: 1,
    },
    {
      when: 'a point came in between',
      now: { times: [1, 2, 2.5, 3], lines: { m: [10, 20, 25, 30] } },
      points: 2,
    },
    { when: 'points at the end went', now: { times: [1, 2], lines: { m: [10, 20] } }, points: 0 },
    {
      when: 'a line came',
      now: { times: [1, 2, 3], lines: { m: [10, 20, 30], n: [1, 2, 3] } },
      points: 3,
    },
    { when: 'everything is later', now: { times: [7, 8], lines: { m: [1, 2] } }, points: 2 },
    { when: 'nothing is left', now: { times: [], lines: { m: [] } }, points: 0 },
  ])('when $when', ({ now, points }) => {
    const change = curveChange(sent, now)
    expect(change?.times.length).toBe(points)
    const { times, lines } = applied(sent, change)
    const shown = times.length - now.times.length
    expect(times.slice(shown)).toEqual(now.times)
    expect(
      Object.fromEntries(Object.entries(lines).map(([name, line]) => [name, line.slice(shown)])),
    ).toEqual(now.lines)
  })

  it('is the whole curve for who has seen none', () => {
    expect(curveChange(undefined, sent)).toEqual({ after: null, ...sent })
  })
})
