import { describe, expect, it } from '@jest/globals'

import type { StoredRow } from '../../../../functions/lib/events.ts'
import { seriesStatus } from '../../../../platform/local/console/series-status.ts'
import { score } from '../../../support/console-server.ts'
import { at } from '../../../support/workbench.ts'

const row = (second: number, models: string[] = []): StoredRow => ({
  series: 's',
  timestamp: at(second),
  features: { a: 1, b: 2 },
  target: 1,
  predictions: Object.fromEntries(
    models.map((model) => [
      model,
      { prediction: 1, version: 0, lower: null, upper: null, level: null, champion: false },
    ]),
  ),
})

const rows = (count: number, models: string[] = []): StoredRow[] =>
  Array.from({ length: count }, (_, second) => row(second, models))

describe('the status of a series', () => {
  it('is empty while there is nothing', () => {
    expect(seriesStatus('s', [], [])).toEqual({
      series: 's',
      newest: null,
      rows: 0,
      features: 0,
      predicted: 0,
      scored: 0,
      unscored: 0,
      late: 0,
      perModel: [],
    })
  })

  it('averages squared errors over the last 30 and 300 seconds of event time', () => {
    const scores = Array.from({ length: 301 }, (_, second) =>
      score(at(second), second < 271 ? 2 : 1),
    )
    const [model] = seriesStatus('s', rows(301), scores).perModel
    expect(model).toMatchObject({
      mse30: 1,
      mse300: (270 * 4 + 30) / 300,
      mae: (270 * 2 + 30) / 300,
    })
  })

  it('has no average of a model that was not scored in that time', () => {
    const [model] = seriesStatus('s', rows(60), [score(at(5), 3)]).perModel
    expect(model).toMatchObject({ mse30: null, mse300: 9, lastError: 3 })
  })

  it('never counts late scores', () => {
    const scores = [score(at(0), 1), score(at(1), 100, { late: true })]
    expect(seriesStatus('s', rows(3, ['m']), scores)).toMatchObject({
      rows: 3,
      predicted: 3,
      scored: 1,
      late: 1,
      unscored: 2,
      perModel: [{ mse30: 1, scored: 1, late: 1, unscored: 1, lastError: 1 }],
    })
  })

  it('keeps models apart, and says which version was the last', () => {
    const scores = [
      score(at(0), 1, { model: 'n', version: 4 }),
      score(at(0), 2, { model: 'm' }),
      score(at(1), 3, { model: 'n', version: 5 }),
    ]
    expect(seriesStatus('s', rows(2), scores).perModel).toMatchObject([
      { model: 'm', mse30: 4, scored: 1, unscored: 1, lastVersion: 0 },
      { model: 'n', mse30: 5, scored: 2, unscored: 0, lastVersion: 5 },
    ])
  })

  it('takes the shortest horizon for a model that forecasts several', () => {
    const scores = [
      score(at(0), 1, { horizon: 1 }),
      score(at(0), 9, { horizon: 2 }),
      score(at(1), 1, { horizon: 1 }),
    ]
    expect(seriesStatus('s', rows(2), scores).perModel).toMatchObject([{ mse30: 1, scored: 2 }])
  })

  it('counts only scores of rows in the window', () => {
    const scores = [score(at(-1), 1), score(at(0), 1)]
    expect(seriesStatus('s', rows(2), scores)).toMatchObject({ scored: 1, unscored: 1 })
  })
})
