import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'

import { judgeError, newJumpState } from '../../../../functions/lib/models/jump-test.ts'
import type { JumpRule, Verdict } from '../../../../functions/lib/models/jump-test.ts'
import { anyNumber, expectResumes } from './resuming.ts'

const DIMENSIONS = 5
const one: JumpRule = { threshold: 8, confirm: 1 }
const two: JumpRule = { threshold: 8, confirm: 2 }

/** Errors of about unit size, without chance. */
const usual = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.sin(index * index))

function verdicts(errors: readonly number[], rule: JumpRule, level = 0): Verdict[] {
  let state = newJumpState()
  return errors.map((error, index) => {
    const target = level + 100 * Math.sin(index)
    const judged = judgeError(state, rule, DIMENSIONS, { error, target })
    state = judged.state
    return judged.verdict
  })
}

const jumps = (errors: readonly number[], rule: JumpRule): number[] =>
  verdicts(errors, rule).flatMap(({ kind }, index) => (kind === 'jump' ? [index] : []))

describe('judgeError', () => {
  it('takes one error of eight times the usual for a jump, or two in succession', () => {
    expect(jumps([...usual(100), 7], one)).toEqual([100])
    expect(jumps([...usual(100), 4], one)).toEqual([])
    expect(jumps([...usual(100), 7, 7], two)).toEqual([101])
    expect(jumps([...usual(100), 7, 0.5, 7], two)).toEqual([])
  })

  it('limits what a single outlier teaches', () => {
    const verdict = verdicts([...usual(100), 1e6], two).at(-1)
    expect(verdict?.kind).toBe('unusual')
    if (verdict?.kind !== 'unusual') return
    expect(verdict.limit).toBeGreaterThan(4)
    expect(verdict.limit).toBeLessThan(8)
  })

  it('says how large the error was and what is usual', () => {
    const verdict = verdicts([...usual(100), -70], one).at(-1)
    expect(verdict).toMatchObject({ kind: 'jump', size: 70 })
    if (verdict?.kind !== 'jump') return
    expect(verdict.usual).toBeCloseTo(Math.SQRT1_2, 1)
  })

  it('is silent while a model is young', () => {
    expect(jumps([...usual(2 * DIMENSIONS), 1e6, ...usual(2)], one)).toEqual([])
  })

  it('finds a jump soon after a jump, by errors that never settle', () => {
    const mixed = usual(60).map((error) => 50 * error)
    const found = jumps([...usual(100), 70, ...mixed], one)
    expect(found).toHaveLength(2)
    expect(found[1]).toBeLessThan(100 + 2 * DIMENSIONS + 25)
  })

  it('gives no second jump where a new relation is only noisier', () => {
    const noisier = usual(400).map((error) => 5 * error)
    expect(jumps([...usual(100), 70, ...noisier], one)).toEqual([100])
  })

  it('takes rounding errors for none: of an exact relation, of a constant target', () => {
    const exact = [...usual(100).map((error) => 1e-13 * error), 1e-9]
    expect(jumps(exact, one)).toEqual([])
    let state = newJumpState()
    for (const error of exact) {
      const judged = judgeError(state, one, DIMENSIONS, { error: 1e3 * error, target: 1e4 })
      state = judged.state
      expect(judged.verdict.kind).toBe('usual')
    }
  })

  it('resumes from JSON', () => {
    expectResumes(
      newJumpState(),
      (state, [error, target]) => judgeError(state, one, 2, { error, target }).state,
      fc.tuple(
        anyNumber,
        anyNumber.filter((value) => Math.abs(value) < 1e50),
      ),
      { length: 120 },
    )
  })
})
