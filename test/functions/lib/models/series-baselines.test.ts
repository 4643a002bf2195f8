import { describe, expect, it } from '@jest/globals'

import {
  countTarget,
  newSeriesBaselines,
} from '../../../../functions/lib/models/series-baselines.ts'

function lossesOf(targets: readonly number[], season: number | null) {
  let baselines = newSeriesBaselines(season)
  return targets.map((target) => {
    const next = countTarget(baselines, target, season)
    baselines = next.baselines
    return next.losses
  })
}

describe('countTarget', () => {
  it('measures the target before and the one a season before, as soon as they are known', () => {
    expect(lossesOf([1, 5, 2, 7], 2)).toEqual([
      { naive: null, seasonal: null },
      { naive: 4, seasonal: null },
      { naive: 3, seasonal: 1 },
      { naive: 5, seasonal: 2 },
    ])
  })

  it('knows no season where none is declared', () => {
    expect(lossesOf([1, 5], null)).toEqual([
      { naive: null, seasonal: null },
      { naive: 4, seasonal: null },
    ])
  })

  it('begins anew when another season is declared', () => {
    const { baselines } = countTarget(newSeriesBaselines(2), 3, 2)
    expect(countTarget(baselines, 4, 3).losses).toEqual({ naive: null, seasonal: null })
  })

  it('keeps its numbers finite whatever the target', () => {
    const losses = lossesOf([1e308, -1e308, 1], 1)
    for (const { naive } of losses) expect(Number.isFinite(naive ?? 0)).toBe(true)
  })
})
