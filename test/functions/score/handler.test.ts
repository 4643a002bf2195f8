import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { onStoredRows } from '../../../functions/score/handler.ts'
import { at, event, openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench.close())

const handle = (...args: Parameters<typeof event>) =>
  onStoredRows({ scores: bench.database.scores, events: bench.events })(event(...args))

const stored = (
  second: number,
  models: Record<string, number>,
  target: number | undefined = 5,
) => ({
  series: 's',
  timestamp: at(second),
  features: { a: 1 },
  target,
  predictions: Object.fromEntries(
    Object.entries(models).map(([model, prediction]) => [
      model,
      { prediction, version: 0, trainedThrough: at(0) },
    ]),
  ),
  cause: 'target',
})

describe('score', () => {
  it('stores and publishes one score for each model', async () => {
    await handle('dev.nowcast.row', { rows: [stored(1, { m: 4, n: 6 })] })
    expect(await bench.database.scores.newest('s', 10)).toMatchObject([
      { model: 'm', error: 1 },
      { model: 'n', error: -1 },
    ])
    expect(bench.published('mlscore')).toMatchObject([
      { timestamp: at(1), model: 'm', error: 1, ypred_: 4, ytrue_: 5 },
      { timestamp: at(1), model: 'n', error: -1, ypred_: 6, ytrue_: 5 },
    ])
  })

  it('keeps one score per model when a row comes again, as an older snapshot, or with another model', async () => {
    await handle('dev.nowcast.row', { rows: [stored(1, { m: 4 })] })
    await handle('dev.nowcast.row', { rows: [stored(1, { m: 4, n: 6 })] })
    await handle('dev.nowcast.row', { rows: [stored(1, {})] })
    await handle('dev.nowcast.row', { rows: [stored(1, { m: 4 })] })
    expect(
      (await bench.database.scores.newest('s', 10)).map(({ model, error }) => [model, error]),
    ).toEqual([
      ['m', 1],
      ['n', -1],
    ])
  })

  it('scores the good rows of an event and publishes the bad ones as rejected', async () => {
    const bad = { ...stored(2, { m: 4 }), timestamp: 'x' }
    await handle('dev.nowcast.row', { rows: [stored(1, { m: 4 }), bad] })
    expect(bench.published('mlscore')).toHaveLength(1)
    expect(bench.published('mldead')).toMatchObject([
      { code: 'timestamp-unreadable', function: 'score' },
    ])
  })

  it.each([
    ['another type', 'dev.nowcast.target', {}, 'type-unknown'],
    ['no readable row', 'dev.nowcast.row', { rows: [{ timestamp: at(0) }] }, 'not-an-object'],
  ])('rejects %s', async (_name, type, data, code) => {
    await expect(handle(type, data)).rejects.toMatchObject({ name: 'RejectedError', code })
  })
})
