import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { Forecast, Forecasts } from '../../functions/lib/ports/forecasts.ts'
import { at } from '../support/workbench.ts'
import type { OpenStore } from './store.ts'

/** A forecast of some seconds after its origin. */
const forecast = (origin: number, rest: Partial<Forecast> = {}, seconds = [1, 2]): Forecast => {
  return {
    series: 's',
    origin: at(origin),
    model: 'm',
    version: 0,
    trainedThrough: null,
    steps: seconds.map((horizon) => {
      const timestamp = at(origin + horizon)
      return { timestamp, horizon, prediction: horizon / 3, lower: null, upper: 9, level: 0.9 }
    }),
    ...rest,
  }
}

/** What every store of forecasts promises. */
export function forecastsContract(adapter: string, open: OpenStore<Forecasts>): void {
  describe(`Forecasts contract: ${adapter}`, () => {
    let store: Awaited<ReturnType<OpenStore<Forecasts>>>
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.remove())

    it('gives back what was put, of every model of an origin', async () => {
      const put = [
        forecast(0),
        forecast(0, { model: 'a', stateRevision: 3, trainedThrough: at(0) }),
      ]
      expect(await store.port.put(put)).toEqual(put)
      expect(await store.port.at('s', at(0))).toEqual(put.toReversed())
      expect(await store.port.at('s', at(1))).toEqual([])
      expect(await store.port.at('other', at(0))).toEqual([])
    })

    it('keeps the first of its series, origin and model, and answers that one', async () => {
      await store.port.put([forecast(0)])
      const answered = await store.port.put([forecast(1), forecast(0, { version: 7, steps: [] })])
      expect(answered).toEqual([forecast(1), forecast(0)])
      expect(await store.port.at('s', at(0))).toEqual([forecast(0)])
    })

    it('answers every writer one and the same when many bring theirs at once', async () => {
      const other = await store.another()
      const answered = await Promise.all(
        Array.from({ length: 10 }, (_, version) =>
          (version % 2 === 0 ? store.port : other.port).put([forecast(0, { version })]),
        ),
      )
      expect(new Set(answered.flat().map(({ version }) => version)).size).toBe(1)
      await other.close()
    })

    it.each([
      ['one time, which two origins speak of', 3, 3, 10, [1, 2]],
      ['a span, both ends included', 2, 4, 10, [0, 1, 2, 3]],
      ['the newest origins, when there are more than asked for', 2, 4, 2, [2, 3]],
      ['a time that nobody speaks of', 90, 99, 10, []],
      ['the gap between two steps', 13, 14, 10, []],
    ])('finds the forecasts that cover %s', async (_name, from, through, limit, origins) => {
      await store.port.put([3, 1, 0, 2].map((origin) => forecast(origin)))
      await store.port.put([forecast(10, {}, [1, 5]), forecast(2, { series: 'other' })])
      const found = await store.port.covering('s', { from: at(from), through: at(through) }, limit)
      expect(found).toEqual(origins.map((origin) => forecast(origin)))
    })
  })
}
