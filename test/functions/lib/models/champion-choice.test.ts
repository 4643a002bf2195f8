import { describe, expect, it } from '@jest/globals'

import {
  championOf,
  judgeChallenger,
  newTenure,
} from '../../../../functions/lib/models/champion-choice.ts'
import type { PairedRow, Tenure } from '../../../../functions/lib/models/champion-choice.ts'
import { at } from '../../../support/workbench.ts'

function rows(
  count: number,
  level: Record<string, number>,
  rest: Partial<PairedRow> = {},
): PairedRow[] {
  return Array.from({ length: count }, (_, second) => ({
    timestamp: at(second),
    losses: Object.fromEntries(
      Object.entries(level).map(([name, loss]) => [name, loss + 0.1 * Math.sin(second * second)]),
    ),
    naive: 9,
    seasonal: null,
    ...rest,
  }))
}
const judge = (pairs: readonly PairedRow[], tenure: Partial<Tenure>) =>
  judgeChallenger(pairs, {
    champion: 'a',
    challenger: 'b',
    tenure: { ...newTenure(), ...tenure },
  })

describe('judgeChallenger', () => {
  it.each([
    ['better', rows(300, { a: 1, b: 0.8 }), { rows: 300 }, { kind: 'better', by: 'margin' }],
    ['too new to know', rows(150, { a: 1, b: 0.8 }), { rows: 300 }, { why: 'too-few' }],
    ['worse', rows(300, { a: 1, b: 1.2 }), { rows: 300 }, { why: 'margin' }],
    [
      'better, before the champion has dwelt',
      rows(300, { a: 1, b: 0.8 }),
      { rows: 100 },
      { why: 'dwell' },
    ],
    [
      'better, but only on rows before the champion came',
      rows(300, { a: 1, b: 0.8 }),
      { rows: 300, since: at(200) },
      { why: 'too-few', evidence: { since: at(201), pairs: 99 } },
    ],
    [
      'better, but not than naive',
      rows(300, { a: 1, b: 0.8 }, { naive: 0.5 }),
      { rows: 300 },
      { why: 'naive', evidence: { naiveLoss: 0.5 } },
    ],
    [
      'better, but not than seasonal naive',
      rows(300, { a: 1, b: 0.8 }, { seasonal: 0.5 }),
      { rows: 300 },
      { why: 'seasonal-naive' },
    ],
    [
      'far better since an alarm, at any time',
      rows(60, { a: 8, b: 1 }),
      { rows: 10, alarm: at(30) },
      { kind: 'better', by: 'collapse', evidence: { since: at(30), pairs: 30 } },
    ],
    [
      'far better since an alarm, but not than naive',
      rows(60, { a: 8, b: 1 }, { naive: 0.2 }),
      { rows: 10, alarm: at(30) },
      { why: 'naive' },
    ],
    [
      'far better, long after an alarm',
      rows(300, { a: 8, b: 1 }),
      { rows: 10, alarm: at(50) },
      { why: 'dwell' },
    ],
    ['nowhere to be seen', rows(300, { a: 1 }), { rows: 300 }, { why: 'too-few' }],
  ])('says of a challenger that is %s', (_, pairs, tenure, standing) => {
    expect(judge(pairs, tenure)).toMatchObject(standing)
  })
})

describe('championOf', () => {
  it.each([
    ['the one that was chosen', 'b', ['a', 'b'], 'b'],
    ['the first when none was', null, ['a', 'b'], 'a'],
    ['the first when the chosen one is declared no more', 'c', ['a', 'b'], 'a'],
    ['nobody without models', null, [], undefined],
  ])('is %s', (_, champion, declared, expected) => {
    expect(championOf({ champion }, declared)).toBe(expected)
  })
})
