import { describe, expect, it } from '@jest/globals'

import { turnOf } from '../../../functions/evaluate/take-rows.ts'
import type { SeriesRules } from '../../../functions/evaluate/evaluate.ts'
import { newServingPointers } from '../../../functions/lib/models/serving-pointers.ts'
import { at } from '../../support/workbench.ts'
import { scoreOf, seconds } from './stream.ts'

const rules: SeriesRules = {
  series: 'mltest',
  models: ['a', 'b'].map((name) => ({ name, isBatch: false, missing: 'zero' as const })),
  cadence: 1_000,
  grace: 30_000,
  season: null,
}
const both = (second: number) => ['a', 'b'].map((model) => scoreOf(second, model, 0))

function turn(expected: string[], scores: ReturnType<typeof both>) {
  const serving = { ...newServingPointers(), through: at(9) }
  const { taken, waiting } = turnOf({ serving, expected }, scores, rules)
  const times = (all: readonly { timestamp: string }[]) => all.map(({ timestamp }) => timestamp)
  return { taken: times(taken), waiting: [...new Set(times(waiting))] }
}

describe('turnOf', () => {
  it('takes rows that follow one another and have the scores of the models before', () => {
    expect(turn(['a', 'b'], [...both(10), ...both(11)])).toEqual({
      taken: [at(10), at(11)],
      waiting: [],
    })
  })

  it('lets a row wait for the second of its models, and all after it', () => {
    const scores = [scoreOf(10, 'a', 0), ...both(11)]
    expect(turn(['a', 'b'], scores)).toEqual({ taken: [], waiting: [at(10), at(11)] })
  })

  it('waits for no model that is not declared, however seldom it predicts', () => {
    const seldom = (from: number, to: number) =>
      seconds(from, to).flatMap((second) =>
        second % 2 === 1 ? [...both(second), scoreOf(second, 'outside', 0)] : both(second),
      )
    expect(turn(['a', 'b', 'outside'], seldom(10, 20)).taken).toEqual(seconds(10, 20).map(at))
  })

  it('waits once, for the grace, for a model that says nothing more', () => {
    const alone = (from: number, to: number) =>
      seconds(from, to).map((second) => scoreOf(second, 'a', 0))
    expect(turn(['a', 'b'], alone(10, 40)).taken).toEqual([])
    expect(turn(['a', 'b'], alone(10, 41))).toEqual({
      taken: seconds(10, 41).map(at),
      waiting: [],
    })
  })

  it('lets rows after a gap wait until the row that is missing is overdue', () => {
    const after = (last: number) => seconds(12, last).flatMap(both)
    expect(turn(['a', 'b'], after(42)).taken).toEqual([])
    expect(turn(['a', 'b'], after(43)).taken).toEqual(seconds(12, 43).map(at))
  })
})
