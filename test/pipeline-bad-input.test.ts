import { afterEach, describe, expect, it } from '@jest/globals'

import { parseEvaluation } from '../functions/lib/models/evaluation-document.ts'
import { parseLiveModel } from '../functions/lib/models/live-model.ts'
import { parseModel } from '../functions/lib/models/model-body.ts'
import { parseBatchState } from '../functions/train/batch-state.ts'
import { parseOnlineState } from '../functions/train/online-state.ts'
import { batchModel, onlineModel } from './support/declared.ts'
import { openPipeline } from './support/pipeline.ts'
import type { Pipeline, Sample } from './support/pipeline.ts'
import { at } from './support/workbench.ts'

const SLOW_MS = 60_000
const MODELS = ['ridgecv', 'mlp', 'rls', 'gram-ridge'] as const
const WINDOW = 30
const batch = { minimumRows: 12, window: { kind: 'rows', rows: WINDOW } } as const
const DECLARED = [
  batchModel(batch),
  batchModel({ ...batch, name: 'mlp', algorithm: 'mlp' }),
  onlineModel({ name: 'rls' }),
  onlineModel({ name: 'gram-ridge', algorithm: 'gram-ridge' }),
]
const ABOUT = { series: 'mltest', partitionKey: 'mltest' }

let pipeline: Pipeline
afterEach(() => pipeline.close())

type Features = Readonly<Record<string, number>>

/** What a row's features are, given those that are sound. */
type Shape = (sound: { a: number; b: number; c: number }, second: number) => Features

const sound: Shape = (features) => features
const without: Shape = ({ a, b }) => ({ a, b })
const thousand: Shape = ({ a }, second) =>
  Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [`f_${index}`, a + Math.sin(index * second)]),
  )

/** A row of y = 3 + 2a - b and a little more; c says nothing. */
function sampleOf(second: number, shape: Shape): Sample {
  const a = Math.sin(second * second)
  const b = Math.cos(3 * second * second)
  const c = Math.sin(5 * second * second)
  const target = 3 + 2 * a - b + 0.01 * Math.sin(7 * second)
  return { timestamp: at(second), features: shape({ a, b, c }, second), target }
}

async function run(from: number, to: number, shape: Shape): Promise<void> {
  for (let second = from; second < to; second += 1) await pipeline.sample(sampleOf(second, shape))
}

/** What a tick makes of each model: a version of these features, or why there is none. */
async function outcomesOf(second: number): Promise<Record<string, string>> {
  const before = pipeline.facts.length
  await pipeline.tick(at(second))
  const told = pipeline.facts.slice(before)
  const outcomes: Record<string, string> = {}
  for (const model of MODELS) {
    const fact = told.find(
      (one) => /: (no version|version \d+ registered)/.test(one) && one.startsWith(`${model}: `),
    )
    outcomes[model] =
      fact?.replace(/^.*?: /, '').replace(/version \d+ registered/, 'version') ?? 'nothing'
  }
  return outcomes
}

/** Every number that is stored or published is one; a NaN would come back from JSON as a null that no parser takes. */
async function expectSound(): Promise<void> {
  const { rows, scores, models, states } = pipeline.database
  expect(numbersIn(await rows.after('mltest', null, 1_000)).every(Number.isFinite)).toBe(true)
  expect(numbersIn(await scores.newest('mltest', 1_000)).every(Number.isFinite)).toBe(true)
  for (const { name, version, score } of await models.list({ limit: 100 })) {
    expect(Number.isFinite(score)).toBe(true)
    parseModel((await models.load(name, version)) ?? '')
  }
  for (const name of ['rls', 'gram-ridge']) {
    const document = (await states.get(`model:${name}`))?.document
    parseLiveModel(document)
    parseOnlineState(document)
  }
  for (const name of ['ridgecv', 'mlp']) {
    const state = await states.get(`training:${name}`)
    if (state !== undefined) parseBatchState(state.document)
  }
  parseEvaluation((await states.get('evaluation:mltest'))?.document)
  for (const row of pipeline.rowsOf('mltest').filter(({ model }) => model !== undefined)) {
    expect(row['prediction']).toEqual(expect.any(Number))
  }
  for (const row of pipeline.rowsOf('mlscore')) expect(row['error']).toEqual(expect.any(Number))
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : []
}

/**
 * Two windows later every model has a version of sound rows, and predicts each row, the linear ones well. One would not
 * do where a feature has gone: a row that nobody could predict waits for the grace before it is learnt.
 */
async function expectToGoOn(from: number, shape: Shape = sound): Promise<void> {
  const end = from + 2 * WINDOW
  await run(from, end, shape)
  const versions = await outcomesOf(end - 1)
  expect(versions).toEqual(Object.fromEntries(MODELS.map((model) => [model, 'version'])))
  await run(end, end + 5, shape)
  await expectSound()
  const scores = (await pipeline.database.scores.newest('mltest', 5)).filter(({ late }) => !late)
  const counts = Map.groupBy(scores, ({ model }) => model)
  for (const model of MODELS) expect([model, counts.get(model)?.length]).toEqual([model, 5])
  const linear = scores.filter(({ model }) => model !== 'mlp')
  expect(Math.max(...linear.map(({ error }) => Math.abs(error)))).toBeLessThan(0.5)
}

const VERSION = 'version'
const all = (outcome: string) => Object.fromEntries(MODELS.map((model) => [model, outcome]))
const TOO_FEW = (rows: number, needed: number) =>
  `no version: ${rows} complete rows in the window, ${needed} are needed`
const NOT_FINITE = 'no version: the fit is not finite, the rows hold too large numbers'

/** Rows of 1,000 features: the batch models want more rows than features, and an online model takes 400. */
const ofThousand = {
  ridgecv: TOO_FEW(3, 1_002),
  mlp: TOO_FEW(3, 1_002),
  rls: 'no version: no row is learnt yet',
  'gram-ridge': 'no version: no row is learnt yet',
}
const ofHuge = { ...all(VERSION), ridgecv: NOT_FINITE, mlp: NOT_FINITE }
const ofOne = { ...all(VERSION), ridgecv: TOO_FEW(1, 12), mlp: TOO_FEW(1, 12) }

const hugeAt =
  (row: number, huge: number): Shape =>
  (features, second) =>
    second === row ? { ...features, a: huge } : features

interface Case {
  name: string
  shape: Shape
  rows: number
  outcomes: Record<string, string>
  /** How the rows go on; soundly unless it says otherwise. */
  later?: Shape
}

const constant: Shape = ({ a, b }) => ({ a, b, c: 4 })
const collinear: Shape = ({ a, b }) => ({ a, b, c: 2 * a - b })
const CASES: Case[] = [
  { name: 'one row', shape: sound, rows: 1, outcomes: ofOne },
  {
    name: 'a constant feature',
    shape: constant,
    rows: 40,
    outcomes: all(VERSION),
    later: constant,
  },
  {
    name: 'collinear features',
    shape: collinear,
    rows: 40,
    outcomes: all(VERSION),
    later: collinear,
  },
  { name: 'a thousand features', shape: thousand, rows: 3, outcomes: ofThousand },
  { name: '1e300', shape: hugeAt(20, 1e300), rows: 40, outcomes: ofHuge },
  { name: '-1e300 first of all', shape: hugeAt(0, -1e300), rows: 20, outcomes: ofHuge },
]

describe('a stream', () => {
  it.each(CASES)(
    'with $name gives versions, or reasons, and goes on',
    async ({ shape, rows, outcomes, later = sound }) => {
      pipeline = await openPipeline(DECLARED)
      await run(0, rows, shape)
      expect(await outcomesOf(rows - 1)).toEqual(outcomes)
      await expectSound()
      await expectToGoOn(rows, later)
    },
    SLOW_MS,
  )

  it(
    'whose target is 1e300 once counts an error of 1e100, and goes on',
    async () => {
      pipeline = await openPipeline(DECLARED)
      await run(0, 20, sound)
      await pipeline.tick(at(19))
      await pipeline.sample({ ...sampleOf(20, sound), target: 1e300 })
      expect(await outcomesOf(20)).toEqual({
        ...ofHuge,
        rls: 'no version: the newest version is the same model',
        'gram-ridge': 'no version: the newest version is the same model',
      })
      await expectSound()
      const { horizons } = parseEvaluation(
        (await pipeline.database.states.get('evaluation:mltest'))?.document,
      )
      for (const { metrics } of Object.values(horizons)) expect(metrics.all.absolute).toBe(1e100)
      await expectToGoOn(21)
    },
    SLOW_MS,
  )

  it.each([
    ['disappears', sound, without, ['a', 'b']],
    ['appears', without, sound, ['a', 'b', 'c']],
  ] as const)(
    'of which a feature %s is predicted by models of the features that there are',
    async (_name, before, after, features) => {
      pipeline = await openPipeline(DECLARED)
      await run(0, 20, before)
      expect(await outcomesOf(19)).toEqual(all(VERSION))
      await expectToGoOn(20, after)
      const { models } = pipeline.database
      for (const name of MODELS) {
        const [newest] = await models.list({ name, limit: 1 })
        const body = parseModel((await models.load(name, newest?.version ?? 0)) ?? '')
        expect([name, body.features]).toEqual([name, features])
      }
    },
    SLOW_MS,
  )

  it(
    'with numbers that are none refuses their rows with a reason, and goes on with the others',
    async () => {
      pipeline = await openPipeline(DECLARED)
      await run(0, 15, sound)
      const { features } = sampleOf(15, sound)
      const bad = { timestamp: at(15), ...features, a: 'NaN' }
      const good = { timestamp: at(16), ...sampleOf(16, sound).features }
      const send = (type: 'dev.nowcast.features' | 'dev.nowcast.target', ...rows: object[]) =>
        pipeline.send({ type, ...ABOUT, rows })
      await expect(send('dev.nowcast.features', bad)).rejects.toThrow(
        '"a" is a string, not a finite number',
      )
      await expect(
        send('dev.nowcast.target', { timestamp: at(15), target: Number.NaN }),
      ).rejects.toThrow('"target" is null, not a finite number')
      await send('dev.nowcast.features', bad, good)
      const codes = pipeline.rowsOf('mldead').map(({ code, function: name }) => [code, name])
      expect(codes).toEqual([['not-a-number', 'persist']])
      await send('dev.nowcast.target', { timestamp: at(16), target: sampleOf(16, sound).target })
      const stored = await pipeline.database.rows.after('mltest', at(14), 10)
      expect(stored.map(({ timestamp }) => timestamp)).toEqual([at(16)])
      await expectToGoOn(17)
    },
    SLOW_MS,
  )
})
