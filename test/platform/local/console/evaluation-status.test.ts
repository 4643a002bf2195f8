import { describe, expect, it } from '@jest/globals'

import { countRow } from '../../../../functions/evaluate/evaluate.ts'
import { newEvaluation } from '../../../../functions/lib/models/evaluation-document.ts'
import type { Evaluation } from '../../../../functions/lib/models/evaluation-document.ts'
import { evaluationStatus } from '../../../../platform/local/console/evaluation-status.ts'
import { SERIES, scoreOf, seconds } from '../../../functions/evaluate/stream.ts'
import { at } from '../../../support/workbench.ts'

const rules = {
  series: SERIES,
  models: [{ name: 'ridgecv', isBatch: true, missing: 'refuse' as const }],
  cadence: 1_000,
  grace: 30_000,
  season: null,
}

/** Of a model whose 15 versions have predicted a row each. */
function evaluated(): Evaluation {
  return seconds(0, 15).reduce((before, second) => {
    const scores = [scoreOf(second, 'ridgecv', 0, { version: second })]
    return countRow(before, { timestamp: at(second), scores }, rules)
  }, newEvaluation(null))
}

describe('evaluationStatus', () => {
  it('lists the newest ten versions, and the one that is pinned, and says what they are', () => {
    const before = evaluated()
    const [model] = evaluationStatus(SERIES, {
      ...before,
      serving: { ...before.serving, refused: { ridgecv: [13] }, pinned: { ridgecv: 2 } },
      versions: {
        ridgecv: {
          highest: 14,
          served: 14,
          trial: { version: 14, predecessor: 12, since: at(14), losses: [], predecessorLosses: [] },
        },
      },
    }).models
    expect(model?.versions.map(({ version, state }) => [version, state])).toEqual([
      [14, 'on trial'],
      [13, 'refused'],
      ...[12, 11, 10, 9, 8, 7, 6, 5].map((version) => [version, null]),
      [2, 'pinned'],
    ])
  })

  it('says that what is stored is damaged', () => {
    expect(evaluationStatus(SERIES, { serving: 1 })).toMatchObject({
      problem: 'the stored evaluation has no pointers',
      models: [],
    })
  })
})
