import { describe, expect, it } from '@jest/globals'

import { compare } from '../../../../scripts/lib/chaos/compare.ts'
import { faultsOfUndisturbed, reportOf, reportText } from '../../../../scripts/lib/chaos/report.ts'
import type { Runs } from '../../../../scripts/lib/chaos/report.ts'
import { drawStream } from '../../../../scripts/lib/chaos/stream.ts'

const snapshot = new Map([
  ['row mltest 1', ['{"target":1}']],
  ['score mltest 1', ['{"error":2}']],
])
const runs: Runs = {
  seed: 7,
  events: 200,
  undisturbed: { snapshot, seconds: 1 },
  disturbed: { seconds: 2 },
  differences: compare(snapshot, snapshot),
  faults: { failed: 1, refused: 1, 'answer-lost': 1, late: 1, twice: 1, stale: 1 },
  breaks: {
    'kill-function': 1,
    'kill-platform': 1,
    'store-slow': 0,
    'store-away': 0,
    'log-full': 0,
  },
  planned: [
    { kind: 'kill-function', service: 'persist', at: 1 },
    { kind: 'kill-platform', at: 2 },
  ],
  again: 'nowcast chaos --seed 7',
}

describe('the report of a chaos run', () => {
  it('is a pass when nothing differs and all that was planned happened', () => {
    const report = reportOf(runs)
    expect(report).toMatchObject({ isPassed: true, missing: [], stored: { row: 1, score: 1 } })
    expect(reportText(report)).toMatch(/lost 0, doubled 0, different 0$/)
  })

  it.each([
    ['a fault that never came', { faults: { ...runs.faults, late: 0 } }, 'late'],
    [
      'a break that never came',
      { breaks: { ...runs.breaks, 'kill-platform': 0 } },
      'kill-platform',
    ],
  ])('is no pass with %s, and says which', (_name, change, kind) => {
    const report = reportOf({ ...runs, ...change })
    expect(report).toMatchObject({ isPassed: false, missing: [kind] })
    expect(reportText(report)).toContain(`${kind} did not happen`)
  })

  it('names the first differences and how to repeat the run', () => {
    const disturbed = new Map([['row mltest 1', ['{"target":9}']]])
    const text = reportText(reportOf({ ...runs, differences: compare(snapshot, disturbed) }))
    expect(text).toContain('lost 1, doubled 0, different 1')
    expect(text).toContain('different: row mltest 1')
    expect(text).toContain('disturbed:   {"target":9}')
    expect(text).toContain('again: nowcast chaos --seed 7')
  })

  it('does not take an undisturbed run for granted', () => {
    const wrong = faultsOfUndisturbed(snapshot, drawStream(1, 200))
    expect(wrong).toContain('1 of 93 rows')
    expect(wrong).toContain('0 of 3 versions')
    expect(wrong.some((fault) => fault.startsWith('no dead letter of'))).toBe(true)
  })
})
