import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { parseModel } from '../../../functions/lib/models/model-body.ts'
import { liveModelId } from '../../../functions/lib/models/live-model.ts'
import { onlineModel } from '../../support/declared.ts'
import { shuffled } from '../../support/random.ts'
import { at } from '../../support/workbench.ts'
import { seedStream } from '../lib/models/learning-vectors.ts'
import {
  commandEvent,
  driftEvent,
  openTraining,
  plainRows,
  rowEvent,
  storedRows,
  tickEvent,
} from './training.ts'
import type { Training } from './training.ts'

const rls = onlineModel()

let training: Training
beforeEach(async () => {
  training = await openTraining([rls])
})
afterEach(() => training.bench.close())

describe('versions of an online model', () => {
  it('are snapshots of what it has learnt, on a tick, and its state names the newest', async () => {
    await training.send(storedRows(seedStream.slice(0, 100)))
    await training.handle(tickEvent(100))
    const state = await training.online()
    expect(state.version).toBe(0)
    const { learner } = state
    const body = parseModel(JSON.stringify(await training.body('online', 0)))
    expect(body).toMatchObject({
      algorithm: 'rls',
      features: learner?.features,
      coefficients: learner?.coefficients.slice(1),
      intercept: learner?.coefficients[0],
      rows: 100,
      window: { from: at(0), through: at(99) },
    })
    // The first eleven rows were predicted from nothing.
    expect(body.r2).toBeGreaterThan(0.5)
    expect(body.r2).toBeLessThan(1)
    expect(training.bench.published('mlmodel')).toEqual([
      {
        timestamp: at(100),
        name: 'online',
        version: 0,
        kind: 'trained',
        since: at(99),
        trigger: `tick:${at(100)}`,
        score: body.r2,
      },
    ])
  })

  it('are made once a tick, and none where nothing was learnt since', async () => {
    const rows = storedRows(plainRows(40))
    await training.handle(tickEvent(0))
    await training.send(rows.slice(0, 30))
    for (const second of [60, 60, 120]) await training.handle(tickEvent(second))
    await training.send(rows.slice(30))
    for (const second of [60, 180]) await training.handle(tickEvent(second))
    expect(await training.versions('online')).toEqual([
      { version: 0, trigger: `tick:${at(60)}`, trainedThrough: at(29) },
      { version: 1, trigger: `tick:${at(180)}`, trainedThrough: at(39) },
    ])
    expect((await training.online()).version).toBe(1)
    const ids = training.bench.sink.events.map(({ attributes }) => attributes['id'])
    expect(new Set(ids).size).toBe(2)
  })

  it('are not made on a tick where the declaration has none', async () => {
    const declared = [onlineModel({ triggers: { tick: false, drift: true, every: null } })]
    await training.send(storedRows(plainRows(20)))
    await training.handle(tickEvent(60), declared)
    expect(await training.versions('online')).toEqual([])
  })

  it('are made each so many rows, at these rows, however the rows come', async () => {
    const declared = [onlineModel({ triggers: { tick: true, drift: true, every: 25 } })]
    const rows = storedRows(plainRows(60))
    await training.bench.database.rows.merge(rows)
    for (const row of shuffled([...rows, ...rows], 4)) {
      await training.handle(rowEvent(row), declared)
    }
    expect(await training.versions('online')).toEqual([
      { version: 0, trigger: 'rows:online:25', trainedThrough: at(24) },
      { version: 1, trigger: 'rows:online:50', trainedThrough: at(49) },
    ])
    expect((await training.online()).version).toBe(1)
  })

  it('go on counting rows when the document was lost', async () => {
    const declared = [onlineModel({ triggers: { tick: true, drift: true, every: 10 } })]
    const rows = storedRows(plainRows(15))
    await training.bench.database.rows.merge(rows)
    await training.handle(rowEvent(...rows), declared)
    const { states } = training.bench.database
    await states.put(liveModelId('online'), {}, 1)
    await training.handle(rowEvent(...rows), declared)
    expect(await training.versions('online')).toMatchObject([
      { version: 0, trigger: 'rows:online:10' },
    ])
    expect(await training.online()).toMatchObject({ version: 0, takenBefore: 10, taken: 15 })
  })

  it('are made once enough is learnt after a jump, at that row', async () => {
    const rows = storedRows(seedStream.slice(540, 700))
    await training.bench.database.rows.merge(rows)
    await training.handle(rowEvent(...rows.slice(0, 1)))
    expect(await training.versions('online')).toEqual([
      // 22 rows for ten features and an intercept, after that of the jump.
      { version: 0, trigger: `jump:${at(60)}`, trainedThrough: at(82) },
    ])
    expect(training.bench.published('mlmodel')).toMatchObject([
      { timestamp: at(82), version: 0, trigger: `jump:${at(60)}` },
    ])
    expect(await training.online()).toMatchObject({ jump: null, version: 0 })
  })

  it('are one where two triggers ask at once', async () => {
    await training.send(storedRows(plainRows(20)))
    await training.handle(tickEvent(60))
    await training.handle(driftEvent('online', 19, 10))
    await training.handle(commandEvent('online'))
    expect(await training.versions('online')).toHaveLength(1)
  })

  it('are published before the state names them, so that an event that was cut off publishes them again', async () => {
    const declared = [onlineModel({ triggers: { tick: true, drift: true, every: 10 } })]
    const rows = storedRows(plainRows(10))
    const { database, sink } = training.bench
    await database.rows.merge(rows)
    sink.answerWith(503)
    await expect(training.handle(rowEvent(...rows), declared)).rejects.toMatchObject({
      name: 'RetryableError',
    })
    expect(await database.states.get(liveModelId('online'))).toBeUndefined()
    sink.answerWith(202)
    await training.handle(rowEvent(...rows), declared)
    expect(training.bench.published('mlmodel')).toMatchObject([
      { version: 0, trigger: 'rows:online:10' },
    ])
    expect(await training.versions('online')).toHaveLength(1)
    expect(await training.online()).toMatchObject({ version: 0, taken: 10 })
  })

  it('are made by hand, once for each command, and not of nothing', async () => {
    await expect(training.handle(commandEvent('online'))).rejects.toMatchObject({
      name: 'RejectedError',
      code: 'not-trained',
    })
    const rows = storedRows(plainRows(20))
    await training.send(rows.slice(0, 10))
    await training.handle(commandEvent('online', 'one'))
    await training.send(rows.slice(10))
    await training.handle(commandEvent('online', 'one'))
    expect(await training.versions('online')).toMatchObject([
      { version: 0, trigger: 'command:/test one', trainedThrough: at(9) },
    ])
  })

  it('are made on a drift, and where the model has no jump test it forgets what was before', async () => {
    const deaf = onlineModel({ name: 'deaf', jump: null })
    const declared = [rls, deaf]
    const rows = storedRows(seedStream.slice(300, 620)).map((row) => ({
      ...row,
      predictions: { ...row.predictions, deaf: { ...predictionOf(row), champion: false } },
    }))
    await training.bench.database.rows.merge(rows.slice(0, 305))
    await training.handle(rowEvent(...rows.slice(0, 1)), declared)
    const before = await training.online('deaf')
    for (const name of ['online', 'deaf', 'deaf']) {
      await training.handle(driftEvent(name, 304, 300), declared)
    }
    // A drift of before is no news.
    await training.handle(driftEvent('deaf', 200, 190), declared)
    expect(await training.versions('deaf')).toMatchObject([
      { version: 0, trigger: `drift:deaf:${at(304)}`, trainedThrough: at(304) },
    ])
    expect(await training.versions('online')).toMatchObject([
      { trigger: `drift:online:${at(304)}` },
    ])
    const after = await training.online('deaf')
    expect(after).toMatchObject({ driftHeard: at(304), version: 0 })
    expect(after.learner?.coefficients).toEqual(before.learner?.coefficients)
    await training.bench.database.rows.merge(rows.slice(305))
    await training.handle(rowEvent(...rows.slice(305)), declared)
    expect(await errorsOfLast(training)).toBeLessThan(0.1)
  })

  it('are not made of rows that made it infinite', async () => {
    const large = plainRows(30).map(({ features }, index) => ({
      features,
      target: index % 2 === 0 ? 1e300 : 1,
    }))
    await training.send(storedRows(large))
    await training.handle(tickEvent(60))
    const body = await training.body('online', 0)
    expect(() => parseModel(JSON.stringify(body))).not.toThrow()
    expect(await training.online()).toMatchObject({ counts: { learnt: 15, outOfRange: 15 } })
  })
})

function predictionOf(row: ReturnType<typeof storedRows>[number]) {
  const { online } = row.predictions
  if (online === undefined) throw new Error('the row is not predicted')
  return online
}

/** Mean squared error of the newest coefficients of `deaf` on the ten rows after those it has learnt. */
async function errorsOfLast(trained: Training): Promise<number> {
  const { learner } = await trained.online('deaf')
  const squares = seedStream.slice(620, 630).map(({ features, target }) => {
    const [intercept = 0, ...slopes] = learner?.coefficients ?? []
    const said = (learner?.features ?? []).reduce(
      (sum, name, index) => sum + (slopes[index] ?? 0) * (features[name] ?? 0),
      intercept,
    )
    return (target - said) ** 2
  })
  return squares.reduce((sum, square) => sum + square, 0) / squares.length
}
