import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'

import type { IncomingEvent } from '../functions/lib/events.ts'
import { parseEvaluation } from '../functions/lib/models/evaluation-document.ts'
import type { Evaluation } from '../functions/lib/models/evaluation-document.ts'
import { parseModel } from '../functions/lib/models/model-body.ts'
import { batchModel, onlineModel } from './support/declared.ts'
import { openPipeline } from './support/pipeline.ts'
import type { Pipeline } from './support/pipeline.ts'
import { randomBelow, shuffled } from './support/random.ts'
import { regimeSamples } from './support/regimes.ts'
import { at } from './support/workbench.ts'

const ROWS = 300
const REDRAW = 130
const TICK = 60
/** Seconds that an event of any kind is late at most; the models' grace is 30. */
const DISORDER = 20
const TIMES = 3
/** Of coefficients of about 5, with a noise of 0.1, fitted on 12 rows or more. */
const COEFFICIENT_TOLERANCE = 0.2
const SLOW_MS = 60_000

/**
 * What a tick or a drift makes of an online model is what it has learnt when it hears of it, and so is what is fitted
 * on a window that ends at the newest row. So order matters there, and nowhere else: the online models here make
 * versions of rows and of jumps, and the versions of the batch model are given in the replays, as predictions are.
 */
const byRows = { tick: false, drift: false, every: 100 }
const DECLARED = [
  batchModel({ minimumRows: 12 }),
  onlineModel({ name: 'rls', triggers: byRows }),
  onlineModel({ name: 'gram-ridge', algorithm: 'gram-ridge', triggers: byRows }),
]
const TRAINING = ['model:rls', 'model:gram-ridge', 'training:ridgecv']
const DOCUMENTS = [...TRAINING, 'evaluation:mltest']

let ordered: Pipeline
let replay: Pipeline
beforeAll(async () => {
  ordered = await openPipeline(DECLARED)
  for (const [second, sample] of regimeSamples(ROWS, [REDRAW]).entries()) {
    await ordered.sample(sample)
    if (isTick(second)) await ordered.tick(at(second))
  }
}, SLOW_MS)
afterAll(() => ordered.close())
afterEach(() => replay.close())

const isTick = (second: number): boolean => second % TICK === TICK - 1

/** A fresh store, without predict: the predictions are those that were stored. */
async function openReplay({ isBatchGiven }: { isBatchGiven: boolean }): Promise<void> {
  replay = await openPipeline(DECLARED, { withoutPredict: true })
  if (!isBatchGiven) return
  const { models } = ordered.database
  for (const version of (await models.list({ name: 'ridgecv', limit: 100 })).toReversed()) {
    const body = (await models.load('ridgecv', version.version)) ?? ''
    await replay.database.models.register({ ...version, body })
  }
}

const repeated = <T>(items: readonly T[]): T[] => Array.from({ length: TIMES }, () => items).flat()

/** The second of an event's rows, which are of one moment. */
function secondOf({ data }: IncomingEvent): number {
  const timestamp = /"timestamp":"([^"]+)"/.exec(JSON.stringify(data))?.[1] ?? ''
  return (Date.parse(timestamp) - Date.parse(at(0))) / 1_000
}

/** How late an event of each topic is, in seconds, if nothing is told of before it is stored. */
const LATENESS: Record<string, [from: number, to: number]> = {
  'dev.nowcast.features': [0, 8],
  'dev.nowcast.target': [8, 18],
  'dev.nowcast.prediction': [8, 18],
  'dev.nowcast.row': [18, 28],
  'dev.nowcast.error': [18, 28],
}

/**
 * Every event three times, and the ticks, each copy late by chance; and what follows from each. With `isStoredFirst`
 * features come before what is predicted from them, and both before the row and its scores, as functions publish them.
 */
async function deliverInterleaved(
  seed: number,
  { isStoredFirst }: { isStoredFirst: boolean },
): Promise<void> {
  const below = randomBelow(seed)
  const anyLateness: [number, number] = [0, DISORDER]
  const events = ['mltest', 'mlrows', 'mlscore'].flatMap((topic) =>
    ordered.published(topic).map((event) => {
      const lateness = (isStoredFirst ? LATENESS[event.type] : undefined) ?? anyLateness
      const deliver = () => replay.deliver(topic, [event])
      return { second: secondOf(event), lateness, deliver }
    }),
  )
  const ticks = Array.from({ length: ROWS }, (_, second) => second)
    .filter(isTick)
    .map((second) => ({ second, lateness: anyLateness, deliver: () => replay.tick(at(second)) }))
  const late = repeated([...events, ...ticks]).map(({ second, lateness: [from, to], deliver }) => {
    return { second: second + from + below((to - from) * 1_000) / 1_000, deliver }
  })
  for (const { deliver } of late.toSorted((a, b) => a.second - b.second)) await deliver()
}

async function versionsIn({ database: { models } }: Pipeline) {
  const versions = []
  for (const { id: _id, uploadedAt: _at, ...version } of await models.list({ limit: 100 })) {
    versions.push({ ...version, body: await models.load(version.name, version.version) })
  }
  return versions
}

async function documentsIn(
  { database: { states } }: Pipeline,
  ids: readonly string[],
): Promise<unknown[]> {
  const found = []
  for (const id of ids) found.push((await states.get(id))?.document)
  return found
}

async function evaluationIn({ database: { states } }: Pipeline): Promise<Evaluation> {
  return parseEvaluation((await states.get('evaluation:mltest'))?.document)
}

async function expectTheSame(): Promise<void> {
  expect(await replay.database.rows.after('mltest', null, 2 * ROWS)).toEqual(
    await ordered.database.rows.after('mltest', null, 2 * ROWS),
  )
  expect(await replay.database.scores.newest('mltest', 2 * ROWS)).toEqual(
    await ordered.database.scores.newest('mltest', 2 * ROWS),
  )
  expect(await versionsIn(replay)).toEqual(await versionsIn(ordered))
  expect(await documentsIn(replay, DOCUMENTS)).toEqual(await documentsIn(ordered, DOCUMENTS))
}

describe('a stream with a redraw, each of its events again three times and shuffled', () => {
  it('has a drift, versions of each kind, decisions and scores to compare', async () => {
    await openReplay({ isBatchGiven: false })
    const triggers = (await versionsIn(ordered)).map(({ name, trigger }) => `${name} ${trigger}`)
    expect(triggers).toEqual(
      expect.arrayContaining([
        `rls jump:${at(REDRAW)}`,
        `gram-ridge jump:${at(REDRAW)}`,
        'rls rows:rls:300',
        `ridgecv tick:${at(299)}`,
        expect.stringMatching(/^ridgecv drift:/),
      ]),
    )
    const { changes, audit, drifts, rows } = await evaluationIn(ordered)
    expect([changes.length, audit.length, rows]).toEqual([1, 1, ROWS])
    expect(drifts.length).toBeGreaterThan(0)
  })

  it(
    'topic by topic, in full disorder, leaves states, evaluation and versions as they were, bit for bit',
    async () => {
      await openReplay({ isBatchGiven: true })
      for (const [seed, topic] of ['mltest', 'mlrows', 'mlscore', 'mlmodel'].entries()) {
        await replay.deliverAlone(topic, shuffled(repeated(ordered.published(topic)), seed))
      }
      await expectTheSame()
    },
    SLOW_MS,
  )

  it(
    'with all topics mixed, and late by less than the grace, leaves them as they were, bit for bit',
    async () => {
      await openReplay({ isBatchGiven: true })
      await deliverInterleaved(11, { isStoredFirst: true })
      await expectTheSame()
    },
    SLOW_MS,
  )

  // A tick fits the rows that are there: up to 20 of the newest are others then. And a row may be scored before its
  // features are stored, as when a store is filled anew from topics: the trial of a version leaves it out.
  it(
    'with scores before features, and versions fitted anew, differs in what ticks fit and in trials alone',
    async () => {
      await openReplay({ isBatchGiven: false })
      await deliverInterleaved(12, { isStoredFirst: false })
      const { versions, ...evaluation } = await evaluationIn(replay)
      const { versions: trials, ...known } = await evaluationIn(ordered)
      expect(evaluation).toEqual(known)
      const [trial, other] = [versions['ridgecv'], trials['ridgecv']]
      expect([trial?.served, trial?.highest]).toEqual([other?.served, other?.highest])
      expect(other?.trial?.losses).toEqual(expect.arrayContaining(trial?.trial?.losses ?? []))
      expect(await documentsIn(replay, TRAINING)).toEqual(await documentsIn(ordered, TRAINING))
      await expectBatchVersionsAlike()
    },
    SLOW_MS,
  )
})

/** The versions of the batch model: of the same triggers, of windows that end up to 20 rows elsewhere. */
async function expectBatchVersionsAlike(): Promise<void> {
  const its = async (pipeline: Pipeline) =>
    (await versionsIn(pipeline)).filter(({ name }) => name === 'ridgecv')
  const [before, after] = [await its(ordered), await its(replay)]
  const triggersOf = (versions: typeof before) => versions.map(({ trigger }) => trigger).toSorted()
  expect(triggersOf(after)).toEqual(triggersOf(before))
  for (const { trigger, trainedThrough, body } of after) {
    const other = before.find((version) => version.trigger === trigger)
    const apart = Date.parse(trainedThrough) - Date.parse(other?.trainedThrough ?? '')
    expect(Math.abs(apart)).toBeLessThanOrEqual(DISORDER * 1_000)
    const [model, known] = [parseModel(body ?? ''), parseModel(other?.body ?? '')]
    if (!('coefficients' in model && 'coefficients' in known)) throw new Error('not linear')
    for (const [place, coefficient] of model.coefficients.entries()) {
      expect(Math.abs(coefficient - (known.coefficients[place] ?? 0))).toBeLessThan(
        COEFFICIENT_TOLERANCE,
      )
    }
  }
}
