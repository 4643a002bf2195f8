import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { Score } from '../../functions/lib/events.ts'
import type { Scores } from '../../functions/lib/ports/scores.ts'
import { at } from '../support/workbench.ts'
import type { OpenStore } from './store.ts'

const score = (second: number, model: string, rest: Partial<Score> = {}): Score => {
  return {
    series: 's',
    timestamp: at(second),
    model,
    version: 0,
    horizon: 0,
    origin: at(second),
    error: 1,
    ypred_: 2,
    ytrue_: 3,
    lower: null,
    upper: null,
    level: null,
    trainedThrough: null,
    late: false,
    ...rest,
  }
}

/** What every store of scores promises. */
export function scoresContract(adapter: string, open: OpenStore<Scores>): void {
  describe(`Scores contract: ${adapter}`, () => {
    let store: Awaited<ReturnType<OpenStore<Scores>>>
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.remove())

    it('gives back what was put, nulls included', async () => {
      const scores = [
        score(0, 'm'),
        score(0, 'n', { lower: -1, upper: 4, level: 0.9, trainedThrough: at(-1) }),
      ]
      await store.port.put(scores)
      expect(await store.port.newest('s', 10)).toEqual(scores)
    })

    it('replaces the score of its model and horizon, whole, and no other', async () => {
      await store.port.put([
        score(0, 'm', { lower: 1 }),
        score(0, 'm', { horizon: 24 }),
        score(0, 'n'),
      ])
      await store.port.put([score(0, 'm', { error: 7 })])
      expect(await store.port.newest('s', 10)).toEqual([
        score(0, 'm', { error: 7 }),
        score(0, 'm', { horizon: 24 }),
        score(0, 'n'),
      ])
    })

    it('answers the newest rows of a series by timestamp, oldest first', async () => {
      await store.port.put([3, 1, 2].map((second) => score(second, 'm')))
      await store.port.put([score(9, 'm', { series: 'other' })])
      expect((await store.port.newest('s', 2)).map(({ timestamp }) => timestamp)).toEqual([
        at(2),
        at(3),
      ])
    })

    it('answers the first rows of a series after a timestamp, oldest first', async () => {
      await store.port.put([3, 1, 2, 4].map((second) => score(second, 'm')))
      await store.port.put([score(2, 'n'), score(2, 'm', { series: 'other' })])
      const found = async (after: string | null, rows: number) =>
        (await store.port.after('s', after, rows)).map(({ timestamp, model }) => [timestamp, model])
      expect(await found(at(1), 2)).toEqual([
        [at(2), 'm'],
        [at(2), 'n'],
        [at(3), 'm'],
      ])
      expect(await found(null, 1)).toEqual([[at(1), 'm']])
      expect(await found(at(4), 1)).toEqual([])
    })

    it('keeps what two writers put into one row', async () => {
      const other = await store.another()
      const models = Array.from({ length: 10 }, (_, index) => `m${index}`)
      await Promise.all(
        models.map((model, index) =>
          (index % 2 === 0 ? store.port : other.port).put([score(0, model)]),
        ),
      )
      expect((await store.port.newest('s', 1)).map(({ model }) => model).toSorted()).toEqual(models)
      await other.close()
    })
  })
}
