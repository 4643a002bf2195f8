import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'

import { learnGramRidge, newGramRidge } from '../../../functions/lib/models/gram-ridge.ts'
import type { LearningRow } from '../../../functions/lib/models/online-learner.ts'
import type { OnlineModel } from '../../../functions/lib/ports/declared-models.ts'
import { learnRows } from '../../../functions/train/online.ts'
import { newOnlineState, parseOnlineState } from '../../../functions/train/online-state.ts'
import { snapshotOf } from '../../../functions/train/snapshot.ts'
import { onlineModel } from '../../support/declared.ts'
import { anyNumber, roundTrip } from '../lib/models/resuming.ts'
import { plainRows, storedRows } from './training.ts'

const BEGIN = newOnlineState('mltest', { version: null, takenBefore: 0 })
const algorithms = ['rls', 'gram-ridge'] as const

function learn(rows: readonly LearningRow[], declared: Partial<OnlineModel> = {}) {
  return learnRows(BEGIN, storedRows(rows), onlineModel(declared))
}

function without(name: string, { features, target }: LearningRow): LearningRow {
  return {
    features: Object.fromEntries(Object.entries(features).filter(([other]) => other !== name)),
    target,
  }
}

describe.each(algorithms)('an online model (%s)', (algorithm) => {
  it.each([
    ['one row', plainRows(1)],
    ['constant features', plainRows(300).map((row) => ({ ...row, features: { a: 4, b: 4 } }))],
    [
      'collinear features',
      plainRows(300).map(({ features: { a = 0 }, target }) => ({
        features: { a, b: 2 * a },
        target,
      })),
    ],
    ['a constant target', plainRows(300).map((row) => ({ ...row, target: 7 }))],
  ])('makes a finite version of %s', (_name, rows) => {
    const { state } = learn(rows, { algorithm })
    expect(snapshotOf(state)).toMatchObject({ kind: 'made', snapshot: { rows: rows.length } })
    expect(parseOnlineState(roundTrip(state))).toEqual(state)
  })

  it('learns its features from the first row, in natural order', () => {
    const [row] = plainRows(1)
    const features = { feat_10: 1, feat_2: 2, ...row?.features }
    const { state } = learn([{ features, target: 1 }], { algorithm })
    expect(state.learner?.features).toEqual(['a', 'b', 'feat_2', 'feat_10'])
  })

  it('passes over rows of a thousand features, and begins with the first it can learn', () => {
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`x${index}`, 1]))
    const rows = [{ features: wide, target: 1 }, { features: wide, target: 2 }, ...plainRows(5)]
    const { state, remarks } = learn(rows, { algorithm })
    expect(state).toMatchObject({
      learner: { features: ['a', 'b'], rows: 5 },
      counts: { learnt: 5, tooManyFeatures: 2 },
    })
    expect(remarks).toMatchObject([
      { kind: 'tooManyFeatures', rows: 2, why: expect.stringContaining('at most 400') },
    ])
  })

  it('does not begin with a row beyond all use', () => {
    const [row] = plainRows(1)
    const { state } = learn([{ features: { a: 1e300, junk: 1 }, target: 1 }], { algorithm })
    expect(state).toMatchObject({ learner: null, window: null, counts: { outOfRange: 1 } })
    expect(row && learn([{ ...row, target: 1e300 }], { algorithm }).state.learner).toBeNull()
  })

  it('stays as it is for one row with a feature more', () => {
    const rows = plainRows(60).map(({ features, target }, index) => ({
      features: index === 30 ? { ...features, extra: 1 } : features,
      target,
    }))
    expect(learn(rows, { algorithm }).state.learner).toEqual(
      learn(plainRows(60), { algorithm }).state.learner,
    )
  })

  it('takes up a feature that 20 successive rows had', () => {
    const before = plainRows(100)
    const richer = plainRows(200, 100).map(({ features, target }, index) => {
      const c = Math.sin(5 * index * index)
      return { features: { ...features, c }, target: target + 4 * c }
    })
    const nineteen = learn([...before, ...richer.slice(0, 19)], { algorithm }).state
    expect(nineteen.learner?.features).toEqual(['a', 'b'])
    const twenty = learn([...before, ...richer.slice(0, 20)], { algorithm }).state
    expect(twenty.learner?.features).toEqual(['a', 'b', 'c'])
    const { state } = learn([...before, ...richer], { algorithm })
    const made = snapshotOf(state)
    const learnt = made.kind === 'made' ? made.snapshot.coefficients : []
    expect(learnt[0]).toBeCloseTo(2, 1)
    expect(learnt[1]).toBeCloseTo(-1, 1)
    expect(learnt[2]).toBeCloseTo(4, 1)
  })

  it('goes on without a feature that 20 successive rows lacked; until then they are passed over', () => {
    const poorer = plainRows(60, 100).map((row) => without('b', row))
    const { state, remarks } = learn([...plainRows(100), ...poorer], { algorithm })
    expect(state).toMatchObject({
      learner: { features: ['a'] },
      counts: { learnt: 141, missing: 19 },
    })
    expect(remarks).toEqual([{ kind: 'missing', rows: 19, why: 'b' }])
  })

  it('says that rows are passed over when it begins, not with each of them', () => {
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`x${index}`, 1]))
    const poor = plainRows(12, 100).map((row) => without('b', row))
    const rows = [
      ...Array.from({ length: 3 }, () => ({ features: wide, target: 1 })),
      ...plainRows(10),
      ...poor.slice(0, 6),
      ...plainRows(1, 10),
      ...poor.slice(6),
    ]
    let state = BEGIN
    const said: unknown[] = []
    for (const [index, row] of storedRows(rows).entries()) {
      const next = learnRows(state, [row], onlineModel({ algorithm }))
      state = parseOnlineState(roundTrip(next.state))
      said.push(...next.remarks.map(({ kind }) => `${kind} ${index}`))
    }
    expect(said).toEqual(['tooManyFeatures 0', 'missing 13', 'missing 20'])
    expect(state.counts).toMatchObject({ tooManyFeatures: 3, learnt: 11, missing: 12 })
  })

  it('goes on with a state of before it was kept what is passed over', () => {
    const { state } = learn(plainRows(5), { algorithm })
    const { passedOver, ...older } = state
    expect(passedOver).toEqual([])
    expect(parseOnlineState(roundTrip(older))).toEqual(state)
  })

  it('takes a missing feature for 0 where that is declared, however long', () => {
    const poorer = plainRows(60, 100).map((row) => without('b', row))
    const zeroed = poorer.map(({ features, target }) => ({
      features: { ...features, b: 0 },
      target,
    }))
    const { state } = learn([...plainRows(100), ...poorer], { algorithm, missing: 'zero' })
    expect(state.learner).toEqual(
      learn([...plainRows(100), ...zeroed], { algorithm }).state.learner,
    )
    expect(state.counts).toMatchObject({ learnt: 160, missing: 0 })
  })

  it.each(['zero', 'refuse'] as const)(
    'follows features that are renamed (missing: %s)',
    (missing) => {
      const renamed = plainRows(100, 100).map(({ features: { a = 0, b = 0 }, target }) => ({
        features: { one: a, two: b },
        target,
      }))
      const { state } = learn([...plainRows(100), ...renamed], { algorithm, missing })
      expect(state.learner?.features).toEqual(['one', 'two'])
      const made = snapshotOf(state)
      expect(made.kind === 'made' && made.snapshot.coefficients[0]).toBeCloseTo(2, 1)
    },
  )

  it('leaves out features that would be too many, and says so once', () => {
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x${index}`, 1]))
    const rows = plainRows(60).map(({ features, target }, index) => ({
      features: index < 10 ? features : { ...features, ...wide },
      target,
    }))
    const { state, remarks } = learn(rows, { algorithm })
    expect(state).toMatchObject({ learner: { features: ['a', 'b'] }, counts: { learnt: 60 } })
    expect(remarks).toMatchObject([{ kind: 'featuresLeftOut', rows: 1 }])
  })

  it('takes up no feature whose values are beyond all use', () => {
    const rows = plainRows(60).map(({ features, target }) => ({
      features: { ...features, huge: 1e300 },
      target,
    }))
    const [first, ...others] = rows
    const { state } = learn([...plainRows(1), ...others, ...(first ? [first] : [])], { algorithm })
    expect(state).toMatchObject({ learner: { features: ['a', 'b'] }, counts: { learnt: 61 } })
  })

  it('gives the same state and versions for rows in one call or in many, stored in between', () => {
    const step = fc.record({
      features: fc.oneof(
        fc.record({ a: anyNumber, b: anyNumber }),
        fc.record({ a: anyNumber, b: anyNumber, c: anyNumber }),
        fc.record({ b: anyNumber }),
      ),
      target: anyNumber,
      times: fc.integer({ min: 1, max: 25 }),
    })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 12 }),
        fc.constantFrom('zero' as const, 'refuse' as const),
        (steps, missing) => {
          const declared = onlineModel({
            algorithm,
            missing,
            triggers: { tick: true, drift: true, every: 7 },
          })
          const rows = storedRows(
            steps.flatMap(({ times, ...row }) => Array.from({ length: times }, () => row)),
          )
          const whole = learnRows(BEGIN, rows, declared)
          let state = BEGIN
          const due = []
          for (const row of rows) {
            const next = learnRows(state, [row], declared)
            state = parseOnlineState(roundTrip(next.state))
            due.push(...next.due)
          }
          expect(state).toEqual(roundTrip(whole.state))
          expect(due).toEqual(whole.due)
        },
      ),
      { seed: 8, numRuns: 60 },
    )
  })
})

it('a Gram ridge keeps what it knows of the features that stay', () => {
  const richer = plainRows(20, 100).map(({ features, target }) => ({
    features: { ...features, c: 1 },
    target,
  }))
  const { state } = learn([...plainRows(100), ...richer], { algorithm: 'gram-ridge' })
  const { state: known } = learnGramRidge(newGramRidge(['a', 'b']), plainRows(119))
  expect(state.learner?.coefficients[1]).toBeCloseTo(known.coefficients[1] ?? 0, 2)
  expect(state.learner?.rows).toBe(120)
})
