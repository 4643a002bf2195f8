import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { parseModel } from '../functions/lib/models/model-body.ts'
import { batchModel, onlineModel } from './support/declared.ts'
import { openPipeline } from './support/pipeline.ts'
import type { Pipeline } from './support/pipeline.ts'
import { NOISE, regimeSamples } from './support/regimes.ts'
import { at } from './support/workbench.ts'

const REDRAWS = [130, 250]
const ROWS = 330
const TICK = 60
/** In so many rows a drift is to be known, and got over. */
const ROWS_TO_RECOVER = 60
/** The mean size of an error of a model that knows everything, when errors are normal. */
const LEAST_ERROR = NOISE * Math.sqrt(2 / Math.PI)

let pipeline: Pipeline
beforeAll(async () => {
  const online = onlineModel({ algorithm: 'gram-ridge' })
  pipeline = await openPipeline([batchModel({ minimumRows: 12 }), online])
  for (const [second, sample] of regimeSamples(ROWS, REDRAWS, 5).entries()) {
    await pipeline.sample(sample)
    if (second % TICK === TICK - 1) await pipeline.tick(at(second))
  }
}, 60_000)
afterAll(() => pipeline.close())

/** What was published about a batch model. */
const told = (kind: string) =>
  pipeline.rowsOf('mlmodel').filter((row) => row['kind'] === kind && row['name'] === 'ridgecv')

/** The window of each version, oldest first. */
async function windows(): Promise<{ trigger: string; from: string; through: string }[]> {
  const { models } = pipeline.database
  const found = []
  for (const { name, version, trigger } of await models.list({ name: 'ridgecv', limit: 100 })) {
    found.unshift({ trigger, ...parseModel((await models.load(name, version)) ?? '').window })
  }
  return found
}

async function meanError(model: string, from: number, to: number): Promise<number> {
  const scores = (await pipeline.database.scores.newest('mltest', ROWS)).filter(
    (score) => score.model === model && score.timestamp >= at(from) && score.timestamp < at(to),
  )
  expect(scores).toHaveLength(to - from)
  return scores.reduce((sum, { error }) => sum + Math.abs(error), 0) / scores.length
}

describe('a batch model fitted every minute, on a stream with redraws', () => {
  it('has one drift published for each, within 60 rows, which begins with rows of the new regime', () => {
    const drifts = told('drift')
    expect(drifts).toHaveLength(REDRAWS.length)
    for (const [index, redraw] of REDRAWS.entries()) {
      const { timestamp = '', since = '' } = drifts[index] ?? {}
      expect(String(since) >= at(redraw) && String(timestamp) >= String(since)).toBe(true)
      expect(String(timestamp) < at(redraw + ROWS_TO_RECOVER)).toBe(true)
    }
  })

  it('is fitted at once on the rows since the drift, and never on rows of two regimes', async () => {
    const drifts = told('drift')
    const versions = await windows()
    const ofDrifts = versions.filter(({ trigger }) => trigger.startsWith('drift:'))
    expect(ofDrifts.map(({ from }) => from)).toEqual(drifts.map(({ since }) => since))
    for (const [index, redraw] of REDRAWS.entries()) {
      const since = String(drifts[index]?.['since'])
      expect(String(ofDrifts[index]?.through) < at(redraw + ROWS_TO_RECOVER)).toBe(true)
      const until = at(REDRAWS[index + 1] ?? ROWS)
      const later = versions.filter(({ through }) => through > since && through < until)
      expect(later.length).toBeGreaterThanOrEqual(2)
      expect(later.map(({ from }) => from)).toEqual(later.map(() => since))
    }
  })

  it.each(['ridgecv', 'online'])(
    'has an error near the noise 60 rows later (%s)',
    async (model) => {
      for (const redraw of REDRAWS) {
        expect(await meanError(model, redraw, redraw + 5)).toBeGreaterThan(20 * LEAST_ERROR)
        const recovered = redraw + ROWS_TO_RECOVER
        expect(await meanError(model, recovered - 20, recovered)).toBeLessThan(2 * LEAST_ERROR)
        expect(await meanError(model, recovered, recovered + 20)).toBeLessThan(2 * LEAST_ERROR)
      }
    },
  )
})
