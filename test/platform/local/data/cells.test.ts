import { describe, expect, it } from '@jest/globals'

import { numberOf, timeOf } from '../../../../platform/local/data/cells.ts'

describe('a number in a cell', () => {
  it.each([
    ['1', 1],
    [' -2.5 ', -2.5],
    ['+.5', 0.5],
    ['3.', 3],
    ['1e-3', 0.001],
    ['', 'missing'],
    ['  ', 'missing'],
    ['NA', 'missing'],
    ['n/a', 'missing'],
    ['NaN', 'missing'],
    ['null', 'missing'],
    ['None', 'missing'],
    ['-', 'missing'],
    ['?', 'missing'],
    ['1,5', 'text'],
    ['1e999', 'text'],
    ['Infinity', 'text'],
    ['0x10', 'text'],
    ['12 °C', 'text'],
    ['true', 'text'],
  ])('%j is %p', (cell, value) => {
    expect(numberOf(cell)).toBe(value)
  })
})

describe('a time in cells', () => {
  it.each<[string[], string | undefined]>([
    [['2011-01-01T05:06:07.5Z'], '2011-01-01T05:06:07.500Z'],
    [['2014-07-01 00:30:00'], '2014-07-01T00:30:00.000Z'],
    [['2011-01-01T00:00:00+02:00'], '2010-12-31T22:00:00.000Z'],
    [[' 1981-01-01 '], '1981-01-01T00:00:00.000Z'],
    [['1949-02'], '1949-02-01T00:00:00.000Z'],
    [['1293840000'], '2011-01-01T00:00:00.000Z'],
    [['1293840000.25'], '2011-01-01T00:00:00.250Z'],
    [['1293840000250'], '2011-01-01T00:00:00.250Z'],
    [['2011-01-01', '5'], '2011-01-01T05:00:00.000Z'],
    [['2011-01-01', '23.0'], '2011-01-01T23:00:00.000Z'],
    [['2011-01-01', '05:30'], '2011-01-01T05:30:00.000Z'],
    [['2011-01-01', '5:30:15.25'], '2011-01-01T05:30:15.250Z'],
    [['2011-01-01 00:00:00', '5'], '2011-01-01T05:00:00.000Z'],
    [['2011-01-01', '24'], undefined],
    [['2011-01-01', '5:60'], undefined],
    [['2011-01-01', ''], undefined],
    [['2011-01-01T01:00', '5'], undefined],
    [['20110101', '5'], undefined],
    [['2011-02-29'], undefined],
    [['7'], undefined],
    [['2011'], undefined],
    [['1e17'], undefined],
    [['01/02/2011'], undefined],
    [[''], undefined],
    [[], undefined],
  ])('%j is %s', (cells, timestamp) => {
    const time = timeOf(cells)
    expect(time === undefined ? undefined : new Date(time).toISOString()).toBe(timestamp)
  })
})
