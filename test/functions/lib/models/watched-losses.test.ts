import { describe, expect, it } from '@jest/globals'

import { newWatchedLosses, watchRow } from '../../../../functions/lib/models/watched-losses.ts'
import { at } from '../../../support/workbench.ts'

function driftsOf(losses: readonly number[]): { since: string; row: number }[] {
  let state = newWatchedLosses()
  return losses.flatMap((loss, row) => {
    const next = watchRow(state, { timestamp: at(row), loss })
    state = next.state
    return next.drift === undefined ? [] : [{ since: next.drift.since, row }]
  })
}
const usual = (count: number): number[] =>
  Array.from({ length: count }, (_, row) => 1 + 0.5 * Math.sin(row * row))

describe('watchRow', () => {
  it('says that a drift began with the first loss of the run that gave the alarm', () => {
    const [drift, ...others] = driftsOf([...usual(100), ...usual(60).map((loss) => 20 + loss)])
    expect(drift?.since).toBe(at(100))
    expect(others).toEqual([])
  })

  it('does not take an outlier before it for its beginning', () => {
    const losses = usual(100).with(80, 50)
    expect(driftsOf([...losses, ...usual(60).map((loss) => 20 + loss)])[0]?.since).toBe(at(100))
  })

  it('does not take a loss by chance right before a great change for its beginning', () => {
    const losses = usual(100).with(99, 2.5)
    expect(driftsOf([...losses, ...usual(60).map((loss) => 900 * loss)])[0]?.since).toBe(at(100))
  })

  it('says that it began with the alarm when no loss stands out', () => {
    const [drift] = driftsOf([...usual(100), ...usual(1_000).map(() => 1.6)])
    expect(drift?.since).toBe(at(drift?.row ?? 0))
  })
})
