import { describe, expect, it } from '@jest/globals'

import { lagForecasts } from '../../../../scripts/lib/accuracy/lag-forecasts.ts'

const HORIZON = 5
const KNOWN = 700

function series(values: Float64Array) {
  return { name: 'made', season: 24, lags: 12, horizon: HORIZON, warmUp: 100, values }
}

const values = Float64Array.from(
  { length: 1_000 },
  (_, index) => Math.sin(index / 4) + 0.1 * Math.sin(index * index),
)

describe('lagForecasts', () => {
  it('knows nothing of targets that have not come: noise after a moment changes no forecast made before', () => {
    const spoilt = values.map((value, index) =>
      index >= KNOWN ? 50 * Math.cos(index ** 2) : value,
    )
    const before = (forecasts: ReturnType<typeof lagForecasts>): number[] =>
      forecasts.filter(({ at }) => at < KNOWN + HORIZON).map(({ prediction }) => prediction)
    const honest = before(lagForecasts(series(values), HORIZON))
    expect(honest.length).toBe(KNOWN + HORIZON - 100)
    expect(before(lagForecasts(series(spoilt), HORIZON))).toEqual(honest)
  })

  it('learns: its errors are far below those of the last value', () => {
    const forecasts = lagForecasts(series(values), HORIZON)
    const error = (of: (forecast: (typeof forecasts)[number]) => number): number =>
      forecasts.reduce((sum, forecast) => sum + Math.abs(forecast.target - of(forecast)), 0)
    expect(error(({ prediction }) => prediction)).toBeLessThan(
      0.2 * error(({ at }) => values[at - HORIZON] ?? 0),
    )
  })
})
