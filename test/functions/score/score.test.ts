import { describe, expect, it } from '@jest/globals'

import { score } from '../../../functions/score/score.ts'
import { at } from '../../support/workbench.ts'

const made = { prediction: 3, version: 2, lower: null, upper: null, level: null, champion: true }
const row = (trainedThrough?: string | null) => ({
  series: 's',
  timestamp: at(10),
  features: {},
  target: 5,
  predictions: { m: { ...made, ...(trainedThrough === undefined ? {} : { trainedThrough }) } },
})

describe('score', () => {
  it('is target minus prediction, for each model', () => {
    const { scores } = score({
      ...row(at(9)),
      predictions: { m: { ...made, trainedThrough: at(9) }, n: { ...made, prediction: 9 } },
    })
    const [first, second, ...none] = scores
    expect(first).toEqual({
      series: 's',
      timestamp: at(10),
      model: 'm',
      version: 2,
      horizon: 0,
      origin: at(10),
      error: 2,
      ypred_: 3,
      ytrue_: 5,
      lower: null,
      upper: null,
      level: null,
      trainedThrough: at(9),
      late: false,
    })
    expect(second).toMatchObject({ model: 'n', error: -4 })
    expect(none).toEqual([])
  })

  it.each([
    ['a model that had learnt up to the row before', at(9), false],
    ['a model that had never learnt', null, false],
    ['a model that had learnt the row', at(10), true],
    ['a model that had learnt a later row', at(11), true],
    ['a producer that does not say', undefined, true],
  ])('of %s: late is %p', (_name, trainedThrough, late) => {
    expect(score(row(trainedThrough)).scores).toMatchObject([{ late }])
  })

  it('waits for the target', () => {
    const { target: _target, ...open } = row(at(9))
    expect(score(open)).toEqual({ scores: [], rejections: [] })
  })

  it('refuses an error beyond the largest number', () => {
    const huge = { ...row(null), target: 1.7e308 }
    const { scores, rejections } = score({
      ...huge,
      predictions: { m: { ...made, prediction: -1.7e308 }, n: { ...made, prediction: 1.7e308 } },
    })
    expect(scores).toMatchObject([{ model: 'n', error: 0 }])
    expect(rejections).toMatchObject([{ code: 'not-a-number', row: { model: 'm' } }])
  })
})
