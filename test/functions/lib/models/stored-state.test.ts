import { describe, expect, it } from '@jest/globals'

import { newConformal, observeTarget } from '../../../../functions/lib/models/conformal-interval.ts'
import { countError, newErrorMetrics } from '../../../../functions/lib/models/error-metrics.ts'
import { learnGramRidge, newGramRidge } from '../../../../functions/lib/models/gram-ridge.ts'
import { newLossWatch, watchLoss } from '../../../../functions/lib/models/loss-watch.ts'
import {
  newSeriesMemory,
  rememberTarget,
} from '../../../../functions/lib/models/naive-baselines.ts'
import { learnRls, newRls } from '../../../../functions/lib/models/recursive-least-squares.ts'
import { isStateLike } from '../../../../functions/lib/models/stored-state.ts'
import { roundTrip } from './resuming.ts'

const rows = Array.from({ length: 80 }, (_, index) => ({
  features: { a: Math.sin(index), b: Math.cos(index * index) },
  target: Math.sin(index),
}))
const jump = { threshold: 8, confirm: 2 }
const values = rows.map(({ target }) => target)

function watched(detector: 'page-hinkley' | 'adwin') {
  return values.reduce((state, loss) => watchLoss(state, loss).state, newLossWatch(detector))
}

const gram = learnGramRidge(newGramRidge(['a', 'b'], { jump }), rows).state

describe('isStateLike', () => {
  it.each([
    ['Gram ridge', newGramRidge(['a', 'b']), gram],
    ['RLS', newRls(['a', 'b'], { jump }), learnRls(newRls(['a', 'b'], { jump }), rows).state],
    ['a loss watch by Page-Hinkley', newLossWatch(), watched('page-hinkley')],
    ['a loss watch by ADWIN', newLossWatch('adwin'), watched('adwin')],
    ['baselines', newSeriesMemory(7), values.reduce(rememberTarget, newSeriesMemory(7))],
    [
      'metrics',
      newErrorMetrics(),
      values.reduce((state, error) => countError(state, { error, version: 3 }), newErrorMetrics()),
    ],
    [
      'intervals',
      newConformal(),
      values.reduce(
        (state, target) =>
          observeTarget(state, { prediction: 0, target, interval: { lower: -1, upper: 1 } }),
        newConformal(),
      ),
    ],
  ])('knows %s again from a store', (_name, fresh, state) => {
    expect(isStateLike(fresh, roundTrip(state))).toBe(true)
    expect(isStateLike(fresh, fresh)).toBe(true)
  })

  it.each([
    ['nothing', null],
    ['a sentence', 'a state'],
    ['another kind', newRls(['a', 'b'])],
    ['other features', newGramRidge(['a'])],
    ['a field less', { ...gram, jump: undefined }],
    ['a number that was none', { ...gram, weight: Number.NaN }],
    ['a number that JSON lost', { ...gram, weight: null }],
    ['a vector with one that was none', { ...gram, cross: [1, null, 3] }],
    ['a number for a name', { ...gram, features: ['a', 2] }],
    [
      'something not finite within what is optional',
      { ...gram, options: { ...gram.options, jump: { threshold: Infinity } } },
    ],
  ])('refuses %s', (_name, stored) => {
    expect(isStateLike(newGramRidge(['a', 'b']), stored)).toBe(false)
  })
})
