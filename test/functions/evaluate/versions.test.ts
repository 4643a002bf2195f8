import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { Score } from '../../../functions/lib/events.ts'
import { at, event, openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'
import {
  SERIES,
  evaluateOn,
  evaluationIn,
  featureOf,
  scoreOf,
  scored,
  scoredEvent,
  seconds,
} from './stream.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench.close())

/** Registers a version of ridgecv that predicts `slope * a`. */
async function register(slope: number, body?: string): Promise<void> {
  const { models } = bench.database
  const [newest] = await models.list({ name: 'ridgecv', limit: 1 })
  await models.register({
    name: 'ridgecv',
    trigger: `version ${(newest?.version ?? -1) + 1}`,
    description: 'by hand',
    score: 1,
    trainedThrough: at(-1),
    body: body ?? JSON.stringify(modelOf(slope)),
  })
}

function modelOf(slope: number): object {
  return {
    algorithm: 'ridgecv',
    features: ['a'],
    coefficients: [slope],
    intercept: 0,
    alpha: 0.1,
    looError: 1,
    r2: 1,
    rows: 10,
    window: { from: at(-10), through: at(-1) },
  }
}

/** What version `version` with `slope` scores on a row, which is stored too. */
function rowsOf(from: number, to: number, version: number, slope: number): Score[] {
  return seconds(from, to).map((second) =>
    scoreOf(second, 'ridgecv', slope * featureOf(second), { version }),
  )
}

function command(data: object): Promise<void> {
  return evaluateOn(bench)(event('dev.nowcast.command', data))
}

async function evaluate(scores: readonly Score[], handle = evaluateOn(bench)): Promise<void> {
  await bench.database.rows.merge(
    scores.map(({ timestamp, ytrue_: target }) => {
      const second = (Date.parse(timestamp) - Date.parse(at(0))) / 1_000
      return { series: SERIES, timestamp, target, features: { a: featureOf(second) } }
    }),
  )
  await scored(bench, scores, handle)
}

describe('a new version', () => {
  it('that is bad is refused within 300 rows, and the audit says by which numbers', async () => {
    for (const slope of [2, -3]) await register(slope)
    await evaluate(rowsOf(0, 50, 0, 2))
    await evaluate(rowsOf(50, 350, 1, -3))
    const { serving, audit, versions } = await evaluationIn(bench)
    expect(serving.refused).toEqual({ ridgecv: [1] })
    expect(audit).toMatchObject([
      {
        kind: 'refused',
        name: 'ridgecv',
        version: 1,
        by: 'evaluate',
        timestamp: at(56),
        why: { predecessor: 0, since: at(50), pairs: 7 },
      },
    ])
    const why = audit[0]?.why ?? {}
    expect(Number(why['predecessorLoss'])).toBeLessThan(0.5 * Number(why['loss']))
    expect(versions['ridgecv']).toMatchObject({ trial: null })
    expect(bench.published('mlmodel')).toContainEqual(
      expect.objectContaining({ kind: 'refused', name: 'ridgecv', version: 1, since: at(50) }),
    )
  })

  it('that loses where its predecessor does not is no drift: nothing is fitted anew for it', async () => {
    for (const slope of [2, -3]) await register(slope)
    await evaluate(rowsOf(0, 50, 0, 2))
    await evaluate(rowsOf(50, 60, 1, -3))
    const { serving, drifts } = await evaluationIn(bench)
    expect([serving.refused, drifts]).toEqual([{ ridgecv: [1] }, []])
    expect(bench.published('mlmodel').map(({ kind }) => kind)).toEqual(['refused'])
  })

  it('that is a little worse is refused once 200 rows say so beyond doubt', async () => {
    for (const slope of [2, 2.01]) await register(slope)
    await evaluate(rowsOf(0, 50, 0, 2))
    await evaluate(rowsOf(50, 400, 1, 2.01))
    expect((await evaluationIn(bench)).audit).toMatchObject([{ kind: 'refused', version: 1 }])
  })

  it('that is better stays', async () => {
    for (const slope of [1.9, 2]) await register(slope)
    await evaluate(rowsOf(0, 50, 0, 1.9))
    await evaluate(rowsOf(50, 400, 1, 2))
    const { serving, audit, versions } = await evaluationIn(bench)
    expect([serving.refused, audit]).toEqual([{}, []])
    expect(versions['ridgecv']).toEqual({ highest: 1, served: 1, trial: null })
  })

  it('is tried against the version that is served, not against one that was refused', async () => {
    for (const slope of [2, -3, 1]) await register(slope)
    await evaluate(rowsOf(0, 50, 0, 2))
    await evaluate(rowsOf(50, 80, 1, -3))
    await evaluate(rowsOf(80, 100, 0, 2))
    await evaluate(rowsOf(100, 130, 2, 1))
    expect((await evaluationIn(bench)).audit).toMatchObject([
      { version: 1, why: { predecessor: 0 } },
      { version: 2, why: { predecessor: 0, since: at(100) } },
    ])
  })

  it('is judged the same row by row as when rows have piled up, and however often they come', async () => {
    for (const slope of [2, -3, 2.01]) await register(slope)
    const scores = [
      ...rowsOf(0, 50, 0, 2),
      ...rowsOf(50, 72, 1, -3),
      ...rowsOf(72, 80, 0, 2),
      ...rowsOf(80, 310, 2, 2.01),
    ]
    const handle = evaluateOn(bench)
    for (const score of [...scores, ...scores]) await evaluate([score], handle)
    const single = await evaluationIn(bench)
    await bench.close()
    bench = await openWorkbench()
    for (const slope of [2, -3, 2.01]) await register(slope)
    await evaluate(scores)
    expect(await evaluationIn(bench)).toEqual(single)
    expect(single.serving.refused).toEqual({ ridgecv: [1, 2] })
  }, 60_000)

  it('is tried against the version that is served since a rollback by hand', async () => {
    for (const slope of [2, 2.01]) await register(slope)
    await evaluate([...rowsOf(0, 50, 0, 2), ...rowsOf(50, 60, 1, 2.01)])
    await command({ name: 'ridgecv', action: 'rollback' })
    expect((await evaluationIn(bench)).versions['ridgecv']).toMatchObject({
      served: 0,
      trial: null,
    })
    await register(-3)
    await evaluate(rowsOf(60, 90, 2, -3))
    expect((await evaluationIn(bench)).audit.at(-1)).toMatchObject({
      kind: 'refused',
      version: 2,
      why: { predecessor: 0 },
    })
  })

  it('is not tried against itself when all before it are refused by hand', async () => {
    for (const slope of [2, 2]) await register(slope)
    await evaluate(rowsOf(0, 50, 0, 2))
    await command({ name: 'ridgecv', action: 'rollback', version: 0 })
    await evaluate(rowsOf(50, 60, 1, 2))
    expect((await evaluationIn(bench)).versions['ridgecv']).toEqual({
      highest: 1,
      served: 1,
      trial: null,
    })
  })

  it('is tried no more when its predecessor is refused by hand', async () => {
    for (const slope of [2, 2.01]) await register(slope)
    await evaluate([...rowsOf(0, 50, 0, 2), ...rowsOf(50, 60, 1, 2.01)])
    await command({ name: 'ridgecv', action: 'rollback', version: 0 })
    expect((await evaluationIn(bench)).versions['ridgecv']).toMatchObject({
      served: 1,
      trial: null,
    })
  })

  it('is tried no more when a version is pinned', async () => {
    for (const slope of [2, 2.01]) await register(slope)
    await evaluate([...rowsOf(0, 50, 0, 2), ...rowsOf(50, 60, 1, 2.01)])
    await command({ name: 'ridgecv', action: 'promote', version: 0 })
    expect((await evaluationIn(bench)).versions['ridgecv']).toEqual({
      highest: 1,
      served: 0,
      trial: null,
    })
  })

  it.each([
    ['is damaged', '{}', 'the stored model is of no known algorithm'],
    ['is not kept', undefined, 'it is no longer kept'],
  ])('is not tried when its predecessor %s, and the audit says so', async (_, body, reason) => {
    if (body !== undefined) await register(0, body)
    await evaluate(rowsOf(0, 50, 0, 2))
    await evaluate(rowsOf(50, 100, 1, -3))
    expect((await evaluationIn(bench)).audit).toMatchObject([
      {
        kind: 'not-tried',
        version: 1,
        why: { predecessor: 0, reason: expect.stringContaining(reason) },
      },
    ])
  })

  it('of a model that learns row by row is not tried: its state predicts', async () => {
    const live = (from: number, to: number, version: number): Score[] =>
      seconds(from, to).map((second) =>
        scoreOf(second, 'ridgecv', 0, { version, stateRevision: second + 1 }),
      )
    await evaluate([...live(0, 50, 0), ...live(50, 100, 1)])
    expect((await evaluationIn(bench)).versions).toEqual({})
  })

  it('is not tried on rows whose features nobody has', async () => {
    for (const slope of [2, -3]) await register(slope)
    await scored(bench, [...rowsOf(0, 50, 0, 2), ...rowsOf(50, 100, 1, -3)])
    const { audit, versions } = await evaluationIn(bench)
    expect(audit).toEqual([])
    expect(versions['ridgecv']?.trial).toMatchObject({ version: 1, losses: [] })
  })

  it('is refused although the event that told of its rows comes again in between', async () => {
    for (const slope of [2, -3]) await register(slope)
    const handle = evaluateOn(bench)
    await evaluate(rowsOf(0, 50, 0, 2), handle)
    const rows = rowsOf(50, 80, 1, -3)
    await evaluate(rows.slice(0, 15), handle)
    await handle(scoredEvent(rows.slice(0, 15)))
    await evaluate(rows.slice(15), handle)
    expect((await evaluationIn(bench)).audit).toHaveLength(1)
  })
})
