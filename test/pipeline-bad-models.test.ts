import { afterEach, describe, expect, it } from '@jest/globals'

import { summariseEvaluation } from '../functions/lib/models/evaluation.ts'
import { parseModel } from '../functions/lib/models/model-body.ts'
import type { DeclaredModel } from '../functions/lib/ports/declared-models.ts'
import { batchModel, onlineModel } from './support/declared.ts'
import { openPipeline } from './support/pipeline.ts'
import type { Pipeline, Sample } from './support/pipeline.ts'
import { randomNormal } from './support/random.ts'
import { regimeSamples } from './support/regimes.ts'
import { at } from './support/workbench.ts'

const SLOW_MS = 60_000
const TICKS = [19, 39]
/** The rows before the bad version. */
const BEFORE = 50
/** In so many rows it is to be refused. */
const ROWS_TO_REFUSE = 300
const ABOUT = { series: 'mltest', partitionKey: 'mltest' }

let pipeline: Pipeline
afterEach(() => pipeline.close())

async function run(samples: readonly Sample[], ticks: readonly number[] = TICKS): Promise<void> {
  const tickAfter = new Map(ticks.map((second) => [at(second), second]))
  for (const sample of samples) {
    await pipeline.sample(sample)
    const tick = tickAfter.get(sample.timestamp)
    if (tick !== undefined) await pipeline.tick(at(tick))
  }
}

/** Registers, past train, the newest version with every coefficient changed; answers its number. */
async function registerByHand(name: string, change: (coefficient: number) => number) {
  const { models } = pipeline.database
  const [newest] = await models.list({ name, limit: 1 })
  const model = parseModel((await models.load(name, newest?.version ?? 0)) ?? '')
  if (!('coefficients' in model)) throw new Error(`${name} is not linear`)
  const body = JSON.stringify({ ...model, coefficients: model.coefficients.map(change) })
  const about = { name, trigger: 'by hand', description: 'by hand', score: 1 }
  const made = await models.register({ ...about, trainedThrough: at(BEFORE - 1), body })
  return made.version
}

const evaluation = async () =>
  summariseEvaluation((await pipeline.database.states.get('evaluation:mltest'))?.document)

/** The versions that predicted rows from a second on, in order. */
const versionsFrom = (second: number, name: string) =>
  pipeline
    .rowsOf('mltest')
    .filter((row) => row['model'] === name && String(row['timestamp']) >= at(second))
    .map((row) => row['version'])

describe('a bad version that is registered by hand', () => {
  it.each([
    ['far too large', (coefficient: number) => 1_000 * coefficient, 20],
    ['of the wrong sign', (coefficient: number) => -coefficient, 20],
    ['a little off', (coefficient: number) => coefficient + 0.06, ROWS_TO_REFUSE],
  ])(
    'of a batch model, its coefficients %s, is refused within 300 rows, and the one before it is served again',
    async (_name, change, rowsNeeded) => {
      pipeline = await openPipeline([batchModel({ minimumRows: 12 })])
      const samples = regimeSamples(BEFORE + ROWS_TO_REFUSE + 40, [])
      await run(samples.slice(0, BEFORE))
      const bad = await registerByHand('ridgecv', change)
      expect(bad).toBe(TICKS.length)
      let next = BEFORE
      const refusals = () => pipeline.rowsOf('mlmodel').filter((row) => row['kind'] === 'refused')
      while (refusals().length === 0 && next < BEFORE + ROWS_TO_REFUSE) {
        await run(samples.slice(next, next + 1), [])
        next += 1
      }
      expect(next - BEFORE).toBeLessThanOrEqual(rowsNeeded)
      expect(new Set(versionsFrom(BEFORE, 'ridgecv'))).toEqual(new Set([bad]))

      const { audit, models } = await evaluation()
      expect(models[0]?.refused).toEqual([bad])
      const numbers = {
        predecessor: bad - 1,
        since: at(BEFORE),
        pairs: next - BEFORE,
        loss: expect.any(Number),
        predecessorLoss: expect.any(Number),
        advantage: expect.any(Number),
        standardError: expect.any(Number),
      }
      const decision = { timestamp: at(next - 1), kind: 'refused', name: 'ridgecv', version: bad }
      expect(audit).toEqual([{ ...decision, by: 'evaluate', why: numbers }])
      expect(refusals()).toEqual([expect.objectContaining({ ...decision, ...numbers })])
      const { loss, predecessorLoss } = refusals()[0] ?? {}
      expect(Number(predecessorLoss)).toBeLessThan(Number(loss))

      await run(samples.slice(next, next + 3), [next + 2])
      expect(versionsFrom(next, 'ridgecv')).toEqual([bad - 1, bad - 1, bad - 1])
      await run(samples.slice(next + 3, next + 28), [])
      expect(new Set(versionsFrom(next + 3, 'ridgecv'))).toEqual(new Set([bad + 1]))
      expect(refusals()).toHaveLength(1)
    },
    SLOW_MS,
  )

  it(
    'of an online model predicts no row of the stream: the live state does',
    async () => {
      pipeline = await openPipeline([onlineModel({ algorithm: 'gram-ridge' })])
      const samples = regimeSamples(BEFORE + 40, [])
      await run(samples.slice(0, BEFORE))
      const bad = await registerByHand('online', (coefficient) => -coefficient)
      await run(samples.slice(BEFORE), [BEFORE + 9])
      const predictions = pipeline
        .rowsOf('mltest')
        .filter((row) => row['model'] === 'online' && String(row['timestamp']) >= at(BEFORE))
      expect(predictions).toHaveLength(40)
      expect(versionsFrom(BEFORE, 'online')).not.toContain(bad)
      expect(predictions.filter((row) => row['stateRevision'] === undefined)).toEqual([])
      const scores = await pipeline.database.scores.newest('mltest', 40)
      expect(Math.max(...scores.map(({ error }) => Math.abs(error)))).toBeLessThan(1)
      const [newest] = await pipeline.database.models.list({ name: 'online', limit: 1 })
      expect([newest?.version, newest?.trigger]).toEqual([bad + 1, `tick:${at(BEFORE + 9)}`])
      await run(regimeSamples(BEFORE + 41, []).slice(BEFORE + 40))
      expect(versionsFrom(BEFORE + 40, 'online')).toEqual([bad + 1])
    },
    SLOW_MS,
  )
})

describe('a bad model', () => {
  const ROWS = 230
  const online = onlineModel({ algorithm: 'gram-ridge' })
  const short = batchModel({ minimumRows: 5, window: { kind: 'rows', rows: 6 } })
  /** Nobody trains it: its predictions come from outside. */
  const outside = (name: string) =>
    batchModel({ name, triggers: { tick: false, drift: false, every: null } })

  /** Publishes what models outside say of samples, and then the targets, each in one event. */
  async function publish(
    samples: readonly Sample[],
    says: Readonly<Record<string, (sample: Sample, index: number) => number>>,
  ): Promise<void> {
    const made = { version: 0, trainedThrough: null }
    const rows = samples.flatMap((sample, index) =>
      Object.entries(says).map(([model, say]) => {
        const { timestamp } = sample
        return { timestamp, model, prediction: say(sample, index), ...made }
      }),
    )
    await pipeline.send({ type: 'dev.nowcast.prediction', ...ABOUT, rows })
    const targets = samples.map(({ timestamp, target }) => ({ timestamp, target }))
    await pipeline.send({ type: 'dev.nowcast.target', ...ABOUT, rows: targets })
  }

  async function withNoise(declared: readonly DeclaredModel[]): Promise<void> {
    pipeline = await openPipeline(declared)
    const normal = randomNormal(3)
    for (const [second, sample] of regimeSamples(ROWS, []).entries()) {
      const rows = [{ timestamp: sample.timestamp, ...sample.features }]
      await pipeline.send({ type: 'dev.nowcast.features', ...ABOUT, rows })
      await publish([sample], { noise: () => 10 * normal() })
      if (second % 6 === 5) await pipeline.tick(at(second))
    }
  }

  it(
    'never becomes champion beside a better one: fitted on six rows, or noise from outside',
    async () => {
      await withNoise([
        { ...online, triggers: { ...online.triggers, tick: false } },
        short,
        outside('noise'),
      ])
      const { champion, changes, models } = await evaluation()
      expect([champion, changes]).toEqual(['online', []])
      for (const model of ['noise', 'ridgecv']) {
        const { standing } = models.find((one) => one.model === model) ?? {}
        expect([standing?.kind, standing?.evidence.pairs]).toEqual([
          'not-better',
          expect.any(Number),
        ])
        expect(standing?.evidence.pairs).toBeGreaterThanOrEqual(200)
      }
      const said = pipeline.rowsOf('mltest').filter((row) => row['champion'] === true)
      expect(new Set(said.map((row) => row['model']))).toEqual(new Set(['online']))
    },
    SLOW_MS,
  )

  it(
    'that is declared first loses its place to a better one, with the numbers that decided',
    async () => {
      pipeline = await openPipeline([outside('noise'), outside('good')])
      const normal = randomNormal(3)
      await publish(regimeSamples(ROWS, []), {
        noise: () => 10 * normal(),
        good: ({ target }) => target + normal(),
      })
      const { champion, audit } = await evaluation()
      expect(champion).toBe('good')
      expect(audit).toEqual([
        expect.objectContaining({
          kind: 'promoted',
          name: 'good',
          why: expect.objectContaining({ from: 'noise', rule: 'margin', pairs: 200 }),
        }),
      ])
    },
    SLOW_MS,
  )

  it(
    'that is better than the champion but worse than the naive forecast is not promoted',
    async () => {
      pipeline = await openPipeline([outside('worst'), outside('better')])
      const normal = randomNormal(4)
      const steps = regimeSamples(ROWS, []).map(() => 0.1 * normal())
      const targets = steps.map((_, index) => steps.slice(0, index + 1).reduce((a, b) => a + b, 0))
      const walk = targets.map((target, second) => ({
        timestamp: at(second),
        features: {},
        target,
      }))
      await publish(walk, {
        worst: ({ target }) => target + 10 * normal(),
        better: ({ target }) => target + normal(),
      })
      const { champion, changes, models } = await evaluation()
      expect([champion, changes]).toEqual(['worst', []])
      const { standing } = models.find(({ model }) => model === 'better') ?? {}
      expect(standing).toMatchObject({ kind: 'not-better', why: 'naive' })
      const { championLoss = 0, challengerLoss = 0, naiveLoss } = standing?.evidence ?? {}
      expect(challengerLoss).toBeLessThan(championLoss / 5)
      expect(naiveLoss).toBeLessThan(challengerLoss / 5)
    },
    SLOW_MS,
  )
})
