import { describe, expect, it } from '@jest/globals'

import { parseDuration, parseTimestamp, timestampKey } from '../../../functions/lib/timestamps.ts'

describe('parseTimestamp', () => {
  it.each([
    ['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00', '2026-01-31T12:00:00.000Z'],
    ['2017-12-21T10:11:12.345678', '2017-12-21T10:11:12.345Z'],
    ['2026-01-31 12:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31T12:00:00.5-0530', '2026-01-31T17:30:00.500Z'],
    ['2024-02-29T00:00:00z', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('reads %s as %s', (text, key) => {
    expect(timestampKey(parseTimestamp(text) ?? Number.NaN)).toBe(key)
  })

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-01-31T25:00:00Z',
    '2026-01-31T12:60:00Z',
    '2026-13-01',
    '2026-01-31T12:00:00+24:00',
    '9999-12-31T23:59:59-01:00',
    '31.01.2026',
    'yesterday',
    '',
    1_769_860_800_000,
    null,
    undefined,
    { $date: '2026-01-31' },
  ])('refuses %p', (value) => {
    expect(parseTimestamp(value)).toBeUndefined()
  })
})

describe('parseDuration', () => {
  it.each([
    ['PT5M', 300_000],
    ['PT1S', 1_000],
    ['PT0.3S', 300],
    ['P1DT2H', 93_600_000],
    ['PT1H30M', 5_400_000],
  ])('reads %s as %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
  })

  it.each(['', 'P', 'PT', '5m', 'P1Y', 'PT-5M', 'P1D2H'])('refuses "%s"', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })
})
