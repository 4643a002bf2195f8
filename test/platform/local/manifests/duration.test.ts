import { describe, expect, it } from '@jest/globals'
import { parseDurationMs } from '../../../../platform/local/manifests/duration.ts'

describe('parseDurationMs', () => {
  it.each([
    ['PT1S', 1_000],
    ['PT0.3S', 300],
    ['PT1.1S', 1_100],
    ['PT0,25S', 250],
    ['PT60S', 60_000],
    ['PT1M30S', 90_000],
    ['PT0.5H', 1_800_000],
    ['P1DT2H', 93_600_000],
    ['P2W', 1_209_600_000],
    ['PT0S', 0],
  ])('reads %s as %d ms', (text, milliseconds) => {
    expect(parseDurationMs(text)).toBe(milliseconds)
  })

  it.each(['', 'P', 'PT', 'P1DT', '1s', 'PT1', 'P1Y', 'P1M', '-PT1S', 'PT-1S', 'PT1S '])(
    'refuses "%s"',
    (text) => {
      expect(parseDurationMs(text)).toBeUndefined()
    },
  )

  it.each(['PT0.5M1S', 'PT0.0001S', `P${'9'.repeat(20)}D`])(
    'refuses %s, which is no whole number of milliseconds that can be told',
    (text) => {
      expect(parseDurationMs(text)).toBeUndefined()
    },
  )
})
