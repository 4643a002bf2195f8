import { describe, expect, it } from '@jest/globals'

import { summariseEvaluation } from '../../../../functions/lib/models/evaluation.ts'
import { newEvaluation } from '../../../../functions/lib/models/evaluation-document.ts'
import { countRow, withMargins } from '../../../../functions/evaluate/evaluate.ts'
import type { Evaluation } from '../../../../functions/lib/models/evaluation-document.ts'
import type { SeriesRules } from '../../../../functions/evaluate/evaluate.ts'
import { at } from '../../../support/workbench.ts'
import { scoreOf, seconds, targetOf } from '../../evaluate/stream.ts'
import { roundTrip } from './resuming.ts'

const rules: SeriesRules = {
  series: 's',
  models: [
    { name: 'one', isBatch: true, missing: 'refuse' },
    { name: 'other', isBatch: false, missing: 'refuse' },
  ],
  cadence: 1_000,
  grace: 30_000,
  season: 4,
}

function evaluated(rows: number): Evaluation {
  const evaluation = seconds(0, rows).reduce((before, second) => {
    const target = targetOf(second)
    const interval = { lower: target - 1, upper: target + (second % 10 === 0 ? -0.5 : 1) }
    const scores = [
      scoreOf(second, 'one', target - 0.5 - 0.1 * Math.sin(second), {
        ...interval,
        version: second >> 5,
      }),
      scoreOf(second, 'other', target + 2),
    ]
    return countRow(before, { timestamp: at(second), scores }, rules)
  }, newEvaluation(4))
  return withMargins(evaluation)
}

describe('summariseEvaluation', () => {
  it('says of each model its errors, coverage, margin and skill, and how it stands to the champion', () => {
    const { models, baselines, ...rest } = summariseEvaluation(roundTrip(evaluated(250)))
    expect(rest).toEqual({
      through: at(249),
      rows: 250,
      champion: 'one',
      level: 0.9,
      drifts: [],
      changes: [],
      audit: [],
    })
    expect(models).toMatchObject([
      {
        model: 'one',
        horizon: 0,
        champion: true,
        coverage: { held: 225, judged: 250, share: 0.9 },
        refused: [],
        pinned: null,
        trial: null,
        standing: null,
      },
      {
        model: 'other',
        champion: false,
        errors: { all: { count: 250, mae: expect.closeTo(2, 9) } },
        coverage: { held: 0, judged: 0, share: null },
        margin: 2,
        standing: { kind: 'not-better', why: 'margin', evidence: { challengerLoss: 2 } },
      },
    ])
    const [one] = models
    expect(one?.errors.versions.map(({ version }) => version)).toEqual(seconds(0, 8))
    expect(one?.skill.naive).toBeCloseTo(
      1 - (one?.errors.all.mae ?? 0) / (baselines.naive.mae ?? 0),
      9,
    )
    expect(baselines.seasonal.count).toBe(246)
  })

  it('says of a series without scores that nothing is known', () => {
    expect(summariseEvaluation(newEvaluation(null))).toMatchObject({
      through: null,
      champion: null,
      models: [],
      baselines: { naive: { count: 0, mae: null } },
    })
  })

  it.each([
    ['nothing', undefined],
    ['another document', { learner: null }],
    ['a pair without losses', { ...evaluated(3), pairs: [{ timestamp: at(0) }] }],
    ['a loss that is no number', { ...evaluated(3), watches: { one: { watch: {}, recent: [] } } }],
    ['a list that is none', { ...evaluated(3), audit: {} }],
  ])('throws for %s', (_, document) => {
    expect(() => summariseEvaluation(document)).toThrow('stored evaluation')
  })
})
