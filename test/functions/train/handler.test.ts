import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { simulate } from '../../../functions/simulate/simulate.ts'
import { onEvent } from '../../../functions/train/handler.ts'
import { batchModel } from '../../support/declared.ts'
import { at, event, openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'

const ridgecv = batchModel({
  window: { kind: 'duration', milliseconds: 300_000 },
  minimumRows: 12,
  missing: 'zero',
})

let bench: Workbench
let facts: string[]
beforeEach(async () => {
  bench = await openWorkbench()
  facts = []
})
afterEach(() => bench.close())

function onTickAt(time: string | undefined, declared = [ridgecv]): Promise<void> {
  const { events, database } = bench
  const log = (_level: unknown, fact: string): void => void facts.push(fact)
  return onEvent({ ...database, declared, events, log })(
    event('dev.knative.sources.ping', undefined, { time }),
  )
}

async function storeRows(from: number, to: number): Promise<void> {
  const patches = Array.from({ length: to - from }, (_, index) => {
    const { features, target } = simulate(1, from + index)
    return { series: 'mltest', timestamp: at(from + index), features, target }
  })
  await bench.database.rows.merge(patches)
}

async function bodyOf(version: number): Promise<unknown> {
  return JSON.parse((await bench.database.models.load('ridgecv', version)) ?? 'null')
}

describe('train on a tick', () => {
  it('fits the five minutes that end at the newest complete row, whatever the tick says', async () => {
    await storeRows(0, 400)
    await bench.database.rows.merge([
      { series: 'mltest', timestamp: at(450), features: { feat_0: 1 } },
    ])
    await onTickAt('2031-05-05T05:05:05Z')
    expect(await bodyOf(0)).toMatchObject({
      rows: 300,
      window: { from: at(100), through: at(399) },
      features: Array.from({ length: 10 }, (_, index) => `feat_${index}`),
      alpha: 0.1,
    })
  })

  it('goes on when one row lies in the far future', async () => {
    await storeRows(0, 400)
    await bench.database.rows.merge([
      {
        series: 'mltest',
        timestamp: '9999-12-31T00:00:00.000Z',
        features: { feat_0: 1 },
        target: 1,
      },
    ])
    await onTickAt(at(400))
    expect(await bodyOf(0)).toMatchObject({ rows: 300, window: { through: at(399) } })
  })

  it('fits a number of rows where the model declares one', async () => {
    await storeRows(0, 100)
    await onTickAt(at(100), [{ ...ridgecv, window: { kind: 'rows', rows: 50 } }])
    expect(await bodyOf(0)).toMatchObject({ rows: 50, window: { from: at(50), through: at(99) } })
  })

  it('registers consecutive versions and publishes each', async () => {
    for (const second of [60, 120, 180]) {
      await storeRows(second - 60, second)
      await onTickAt(at(second))
    }
    expect(bench.published('mlmodel')).toEqual(
      [0, 1, 2].map((version) => ({
        timestamp: at(60 * version + 60),
        name: 'ridgecv',
        version,
        kind: 'trained',
        since: at(60 * version + 59),
        trigger: `tick:${at(60 * version + 60)}`,
        score: expect.closeTo(1, 3),
      })),
    )
  })

  it('makes no further version of the same rows', async () => {
    await storeRows(0, 60)
    for (const second of [60, 120]) await onTickAt(at(second))
    expect(bench.published('mlmodel')).toHaveLength(1)
    expect(facts.at(-1)).toBe('no version: the newest version is the same model')
  })

  it('makes no second version when the tick is repeated, even with more rows', async () => {
    await storeRows(0, 60)
    await onTickAt('2026-01-01T00:01:00.412Z')
    await storeRows(60, 70)
    await onTickAt('2026-01-01T00:01:00.003Z')
    expect(await bench.database.models.list({ limit: 10 })).toHaveLength(1)
    const ids = bench.sink.events.map(({ attributes }) => attributes['id'])
    expect(ids).toEqual([ids[0], ids[0]])
  })

  it.each([
    [11, 'no version: 11 complete rows in the window, 12 are needed'],
    [0, 'no version: the series has no complete row yet'],
  ])('with %d rows makes no version and says why', async (rows, fact) => {
    await storeRows(0, rows)
    await onTickAt(at(60))
    expect(facts).toEqual([fact])
    expect(bench.sink.events).toEqual([])
  })

  it('is not stopped by a row with a feature that the others lack', async () => {
    await storeRows(0, 40)
    const { features, target } = simulate(1, 40)
    await bench.database.rows.merge([
      { series: 'mltest', timestamp: at(40), features: { ...features, extra: 1 }, target },
    ])
    await onTickAt(at(60))
    expect(await bodyOf(0)).toMatchObject({ rows: 41, features: { length: 10 } })
  })

  it('makes one version a tick, whatever the schedule', async () => {
    await storeRows(0, 40)
    await onTickAt(at(60))
    await storeRows(40, 50)
    await onTickAt(at(90))
    expect(await bench.database.models.list({ limit: 10 })).toHaveLength(2)
  })

  it('leaves out rows that lack a feature', async () => {
    await storeRows(0, 40)
    await bench.database.rows.merge([
      { series: 'mltest', timestamp: at(40), features: { feat_0: 1 }, target: 1e6 },
    ])
    await onTickAt(at(60))
    expect(await bodyOf(0)).toMatchObject({ rows: 40, window: { through: at(39) } })
  })

  it('registers no model that is not finite', async () => {
    await bench.database.rows.merge(
      Array.from({ length: 20 }, (_, second) => {
        const features = { a: second * 1e300, b: (second % 3) * 1e300 }
        return { series: 'mltest', timestamp: at(second), features, target: second }
      }),
    )
    await onTickAt(at(60))
    expect(await bench.database.models.list({ limit: 10 })).toEqual([])
    expect(facts).toEqual(['no version: the fit is not finite, the rows hold too large numbers'])
  })

  it('rejects a tick without a time', async () => {
    await expect(onTickAt(undefined)).rejects.toMatchObject({
      name: 'RejectedError',
      code: 'timestamp-missing',
    })
  })
})
