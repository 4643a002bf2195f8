import { describe, expect, it } from '@jest/globals'

import { newLossWatch, rearm, watchLoss } from '../../../../functions/lib/models/loss-watch.ts'
import type { Detector, LossWatch } from '../../../../functions/lib/models/loss-watch.ts'
import { anyNumber, expectResumes } from './resuming.ts'

const detectors = ['page-hinkley', 'adwin'] as const

/** Losses around a level, without chance: .4 to 1.6 of it. */
function losses(level: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => level * (0.4 + 0.3 * ((index * 7) % 5)))
}

function watch(state: LossWatch, values: readonly number[]): { state: LossWatch; at: number[] } {
  let current = state
  const at: number[] = []
  for (const value of values) {
    const { state: after, alarm } = watchLoss(current, value)
    current = after
    if (alarm !== undefined) at.push(alarm.index)
  }
  return { state: current, at }
}

const alarmsOf = (detector: Detector, values: readonly number[]): number[] =>
  watch(newLossWatch(detector), values).at

describe.each(detectors)('watchLoss by %s', (detector) => {
  it.each([1e-6, 1, 1e6])('gives one alarm of a burst of losses, in whatever unit: %p', (unit) => {
    const values = [...losses(1, 600), ...losses(40, 30), ...losses(1, 600)]
    const found = alarmsOf(
      detector,
      values.map((value) => value * unit),
    )
    expect(found).toHaveLength(1)
    expect(found[0]).toBeGreaterThanOrEqual(600)
    expect(found[0]).toBeLessThan(640)
  })

  it('is armed again once the loss is back', () => {
    const period = [...losses(1, 500), ...losses(40, 100)]
    expect(alarmsOf(detector, [...period, ...period, ...period])).toHaveLength(3)
  })

  it('takes a level that stays for the usual one, and then sees the next rise', () => {
    const values = [...losses(1, 600), ...losses(8, 2_000), ...losses(64, 100)]
    const found = alarmsOf(detector, values)
    expect(found).toHaveLength(2)
    expect(found[1]).toBeGreaterThanOrEqual(2_600)
  })

  it('gives no alarm of fewer losses, of one outlier, of none at all', () => {
    expect(alarmsOf(detector, [...losses(1, 600), ...losses(0.1, 600)])).toEqual([])
    expect(alarmsOf(detector, [...losses(1, 600), 1e6, ...losses(1, 600)])).toEqual([])
    expect(alarmsOf(detector, losses(0, 1_000))).toEqual([])
  })

  it.each([0, 10, 20, 30, 40])('is not blind %p losses after a model has improved', (later) => {
    const values = [...losses(1, 300), ...losses(0.2, 290 + later), ...losses(8, 40)]
    expect(alarmsOf(detector, values)).toHaveLength(1)
  })

  it('begins to watch a model that first made no errors at all', () => {
    const values = [...losses(0, 100), ...losses(1, 1_700), ...losses(40, 40)]
    expect(alarmsOf(detector, values).at(-1)).toBeGreaterThanOrEqual(1_800)
  })

  it('is armed at once for a new model', () => {
    const { state } = watch(newLossWatch(detector), [...losses(1, 600), ...losses(40, 40)])
    expect(state.sinceAlarm).not.toBeNull()
    const { at } = watch(rearm(state), [...losses(1, 100), ...losses(40, 40)])
    expect(at).toHaveLength(1)
  })

  it('resumes from JSON', () => {
    expectResumes(
      newLossWatch(detector),
      (state, loss) => watchLoss(state, loss).state,
      anyNumber,
      {
        length: 150,
      },
    )
  })
})
