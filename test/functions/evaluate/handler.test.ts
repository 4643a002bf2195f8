import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { Score } from '../../../functions/lib/events.ts'
import type { Evaluation } from '../../../functions/lib/models/evaluation-document.ts'
import { evaluationId } from '../../../functions/lib/models/serving-pointers.ts'
import { onlineModel } from '../../support/declared.ts'
import { shuffled } from '../../support/random.ts'
import { at, event, openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'
import {
  DECLARED,
  SERIES,
  evaluateOn,
  evaluationIn,
  scoreOf,
  scored,
  scoredEvent,
  seconds,
  targetOf,
} from './stream.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench.close())

const REDRAW = 300
/** Both models err by a little; from the redraw on ridgecv for a long time, and online for a dozen rows, by a lot. */
function storyOf(second: number): Score[] {
  const off = 0.1 * Math.cos(7 * second)
  const isLost = (rows: number): boolean => second >= REDRAW && second < REDRAW + rows
  const target = targetOf(second)
  const [ridge, online] = [isLost(200) ? 30 + off : off, isLost(12) ? 30 + off : off]
  return [
    scoreOf(second, 'online', target - online, { stateRevision: second + 1 }),
    scoreOf(second, 'ridgecv', target - ridge, { lower: target - 0.3, upper: target + 0.01 }),
  ]
}
const story = (from: number, to: number): Score[][] => seconds(from, to).map(storyOf)

async function inOrder(rows: readonly Score[][]): Promise<void> {
  const handle = evaluateOn(bench)
  for (const scores of rows) await scored(bench, scores, handle)
}

describe('evaluate on scores', () => {
  it('counts errors by model and version, intervals, baselines and pairs', async () => {
    await inOrder(story(0, 100))
    const { horizons, serving, baselines, pairs, rows } = await evaluationIn(bench)
    expect(rows).toBe(100)
    expect(Object.keys(horizons).toSorted()).toEqual(['online/0', 'ridgecv/0'])
    expect(horizons['online/0']?.metrics.all.count).toBe(100)
    expect(horizons['ridgecv/0']?.metrics.versions).toMatchObject([{ version: 0, count: 100 }])
    expect(horizons['ridgecv/0']?.conformal).toMatchObject({ judged: 100, held: 100 })
    expect(serving).toMatchObject({ through: at(99), champion: null })
    expect(serving.margins['ridgecv']).toBeCloseTo(0.0999, 2)
    expect(baselines.naive.all.count).toBe(99)
    expect(pairs.at(-1)).toMatchObject({ timestamp: at(99), losses: { online: 0.0275221 } })
  })

  it('comes to the same from every event three times and shuffled as from each once in order', async () => {
    const rows = story(0, 700)
    await inOrder(rows)
    const once = await evaluationIn(bench)
    const published = bench.sink.events.map(({ attributes }) => attributes['id'])
    expect(once.drifts.length).toBeGreaterThan(0)
    expect(once.changes).toHaveLength(1)
    await bench.close()
    bench = await openWorkbench()

    const handle = evaluateOn(bench)
    // Events overtake each other by less than the grace.
    for (let first = 0; first < 700; first += 20) {
      const piece = rows.slice(first, first + 20)
      for (const scores of shuffled([...piece, ...piece, ...piece], first)) {
        await scored(bench, scores, handle)
      }
    }
    expect(await evaluationIn(bench)).toEqual(once)
    expect([...new Set(bench.sink.events.map(({ attributes }) => attributes['id']))]).toEqual(
      published,
    )
  }, 60_000)

  it('comes to the same when all is stored before the first event comes', async () => {
    const rows = story(0, 700)
    await inOrder(rows)
    const once = await evaluationIn(bench)
    await bench.close()
    bench = await openWorkbench()
    await bench.database.scores.put(rows.flat())
    await evaluateOn(bench)(scoredEvent(rows[350] ?? []))
    expect(await evaluationIn(bench)).toEqual(once)
  }, 60_000)

  it('takes any number of rows that have piled up', async () => {
    const rows = seconds(0, 12_500).map((second) =>
      scoreOf(second, 'online', targetOf(second) - 0.1),
    )
    await scored(bench, rows.slice(0, 900))
    await bench.database.scores.put(rows)
    await evaluateOn(bench)(scoredEvent(rows.slice(-1)))
    const { rows: taken, serving } = await evaluationIn(bench)
    expect([taken, serving.through]).toEqual([12_500, at(12_499)])
  }, 60_000)

  it('counts a late score as late and for nothing else, once', async () => {
    const late = scoreOf(0, 'online', 1, { late: true, lower: 0, upper: 1 })
    await scored(bench, [late])
    await scored(bench, [late])
    const { horizons, watches, pairs } = await evaluationIn(bench)
    expect(horizons['online/0']).toMatchObject({
      metrics: { late: 1, unscored: 0, all: { count: 0 } },
      conformal: { judged: 0, errors: [] },
    })
    expect(watches).toEqual({})
    expect(pairs).toMatchObject([{ losses: {} }])
  })

  it('counts a declared model without a score as unscored, until its score comes after all', async () => {
    await inOrder(story(0, 20).map((scores) => scores.slice(0, 1)))
    expect((await evaluationIn(bench)).horizons['ridgecv/0']?.metrics.unscored).toBe(20)
    const before = await evaluationIn(bench)
    await scored(bench, storyOf(7))
    await scored(bench, storyOf(7))
    const { horizons, watches, pairs } = await evaluationIn(bench)
    expect(horizons['ridgecv/0']).toMatchObject({
      metrics: { unscored: 19, all: { count: 1 } },
      conformal: { judged: 0, errors: [] },
    })
    expect([watches, pairs]).toEqual([before.watches, before.pairs])
  })

  it('counts a score of a row that came too late once, and moves nothing by it', async () => {
    await inOrder([...story(0, 20), ...story(60, 120)])
    const before = await evaluationIn(bench)
    expect(before.rows).toBe(80)
    await scored(bench, storyOf(30))
    await scored(bench, storyOf(30))
    const { horizons, ...rest } = await evaluationIn(bench)
    expect(horizons['online/0']?.metrics.all.count).toBe(81)
    expect(rest).toEqual({ ...before, horizons: undefined })
  })

  it('begins anew when the first rows to arrive were not the first of the series', async () => {
    await inOrder([...story(5, 8), ...story(0, 5)])
    const { rows, serving, baselines } = await evaluationIn(bench)
    expect([rows, serving.through, baselines.naive.all.count]).toEqual([8, at(7), 7])
  })

  it('begins anew when the first row of the series comes after many others, but within the grace', async () => {
    await inOrder([...story(1, 25), ...story(0, 1)])
    const { rows, taken } = await evaluationIn(bench)
    expect([rows, taken.stretches]).toEqual([25, [[at(0), at(24)]]])
  })

  it('evaluates a series for which nothing is declared', async () => {
    await scored(bench, storyOf(0), evaluateOn(bench, []))
    expect(await evaluationIn(bench)).toMatchObject({ declared: [], rows: 1 })
  })

  it('writes nothing when an event brings nothing new', async () => {
    await inOrder([...story(0, 3), ...story(0, 3)])
    expect(await bench.database.states.get(evaluationId(SERIES))).toMatchObject({ revision: 3 })
  })

  it('loses nothing when two handle the same stream at once', async () => {
    const [one, other] = [evaluateOn(bench), evaluateOn(bench)]
    await inOrder(story(0, 1))
    for (const second of seconds(1, 40)) {
      await bench.database.scores.put(storyOf(second))
      await Promise.all([one, other].map((handle) => handle(scoredEvent(storyOf(second)))))
    }
    expect(await evaluationIn(bench)).toMatchObject({ rows: 40, serving: { through: at(39) } })
  })

  it('publishes the bad rows of an event as rejected and goes on with the good ones', async () => {
    const [good] = storyOf(0)
    await bench.database.scores.put(storyOf(0))
    await evaluateOn(bench)(
      event('dev.nowcast.error', { rows: [good, { ...good, horizon: -1 }] }, { subject: SERIES }),
    )
    expect(await evaluationIn(bench)).toMatchObject({ rows: 1 })
    expect(bench.published('mldead')).toMatchObject([
      { code: 'not-a-number', function: 'evaluate' },
    ])
  })

  it.each([
    ['another type', event('dev.nowcast.row', { rows: [] }), 'type-unknown'],
    [
      'no readable row',
      event('dev.nowcast.error', { rows: [{ model: 'm' }] }),
      'timestamp-missing',
    ],
  ])('rejects %s', async (_name, incoming, code) => {
    await expect(evaluateOn(bench)(incoming)).rejects.toMatchObject({ code })
  })

  it.each([
    ['is none', () => ({})],
    ['lacks a field', ({ pairs: _pairs, ...rest }: Evaluation) => rest],
    ['has a number that is none', (sound: Evaluation) => ({ ...sound, rows: 'many' })],
    [
      'has a damaged metric',
      (sound: Evaluation) => ({ ...sound, horizons: { 'online/0': { metrics: {} } } }),
    ],
    ['has no pointers', (sound: Evaluation) => ({ ...sound, serving: 7, audit: 'none' })],
  ])(
    'counts again from the scores, and says so, when the stored document %s',
    async (_, damage) => {
      await inOrder(story(0, 30))
      const id = evaluationId(SERIES)
      const sound = await evaluationIn(bench)
      await bench.database.states.put(id, damage(sound), 30)
      const errors: string[] = []
      const handle = evaluateOn(bench, DECLARED, (level, fact) => {
        if (level === 'error') errors.push(fact)
      })
      for (let time = 0; time < 2; time += 1) await scored(bench, storyOf(29), handle)
      expect(await evaluationIn(bench)).toEqual(sound)
      expect(errors).toEqual([
        `state document "${id}" is damaged: it is made anew from the stored scores`,
      ])
    },
  )

  it('keeps what was decided when it counts again, where that is sound', async () => {
    await inOrder(story(0, 5))
    const decide = (id: string, data: object): Promise<void> =>
      evaluateOn(bench)(event('dev.nowcast.command', data, { id }))
    await decide('c-1', { name: 'online', action: 'promote' })
    const { pairs: _pairs, ...damaged } = await evaluationIn(bench)
    const state = await bench.database.states.get(evaluationId(SERIES))
    const refused = { ridgecv: [3] }
    const serving = { ...damaged.serving, refused }
    const document = { ...damaged, serving, audit: [{ kind: 7 }] }
    await bench.database.states.put(evaluationId(SERIES), document, state?.revision ?? 0)
    await scored(bench, storyOf(5))
    const mended = await evaluationIn(bench)
    expect(mended).toMatchObject({
      rows: 6,
      serving: { champion: 'online', refused, through: at(5) },
      changes: damaged.changes,
      commands: damaged.commands,
      audit: [],
    })
    await decide('c-1', { name: 'online', action: 'promote' })
    expect((await evaluationIn(bench)).audit).toEqual([])
  })

  it('mends a damaged document also when an event has nothing to tell of', async () => {
    await bench.database.states.put(evaluationId(SERIES), { rows: 1 }, 0)
    await evaluateOn(bench)(scoredEvent(storyOf(0)))
    expect(await evaluationIn(bench)).toMatchObject({ rows: 0 })
  })
})

describe('drift', () => {
  it('is told once for each model, with the row of the alarm and the first row of the drift', async () => {
    await inOrder([...story(0, 400), ...story(0, 400)])
    const drifts = bench.published('mlmodel').filter(({ kind }) => kind === 'drift')
    expect(drifts).toMatchObject([
      { name: 'online', version: 0, since: at(REDRAW), detector: 'page-hinkley' },
      { name: 'ridgecv', version: 0, since: at(REDRAW), detector: 'page-hinkley' },
    ])
    for (const { name, timestamp, id } of drifts) {
      expect(id).toBe(`drift:${String(name)}:${String(timestamp)}`)
      expect(Date.parse(String(timestamp)) - Date.parse(at(REDRAW))).toBeLessThan(60_000)
    }
    expect((await evaluationIn(bench)).drifts).toMatchObject([
      { model: 'online', since: at(REDRAW) },
      { model: 'ridgecv', since: at(REDRAW) },
    ])
  })

  it('is told after all when the process died before it could publish', async () => {
    const rows = story(0, 320)
    await bench.database.scores.put(rows.flat())
    const dying = evaluateOn({
      ...bench,
      events: {
        publish: async (events) => {
          if (events.length > 0) throw new Error('died')
        },
        close: async () => undefined,
      },
    })
    await expect(dying(scoredEvent(rows[0] ?? []))).rejects.toThrow('died')
    expect((await evaluationIn(bench)).outbox).not.toEqual([])
    await evaluateOn(bench)(scoredEvent(rows[0] ?? []))
    expect(bench.published('mlmodel').map(({ kind }) => kind)).toContain('drift')
    expect((await evaluationIn(bench)).outbox).toEqual([])
  })
})

describe('the champion', () => {
  it('is the better model soon after a drift, with the numbers that decided', async () => {
    await inOrder(story(0, 400))
    const { serving, changes, audit } = await evaluationIn(bench)
    expect(serving.champion).toBe('online')
    expect(changes).toMatchObject([{ from: 'ridgecv', to: 'online' }])
    const [change] = changes
    expect(Date.parse(change?.timestamp ?? '') - Date.parse(at(REDRAW))).toBeLessThan(60_000)
    expect(audit).toMatchObject([
      {
        kind: 'promoted',
        name: 'online',
        by: 'evaluate',
        why: { from: 'ridgecv', rule: 'collapse', pairs: expect.any(Number) },
      },
    ])
    expect(bench.published('mlmodel')).toContainEqual(
      expect.objectContaining({ kind: 'promoted', name: 'online', from: 'ridgecv' }),
    )
  })

  it('is never a model that is worse, nor one that is better than the champion but worse than naive', async () => {
    // A world that hardly moves: naive is better than both.
    const still = (second: number): Score[] => {
      const target = 100 + 0.01 * second
      const given = { ytrue_: target }
      return [
        scoreOf(second, 'bad', target + 50, given),
        scoreOf(second, 'online', target - 1 - 0.1 * Math.sin(second), given),
        scoreOf(second, 'ridgecv', target - 10 - Math.sin(second), given),
      ]
    }
    const declared = [...DECLARED, onlineModel({ name: 'bad' })]
    await scored(bench, seconds(0, 600).flatMap(still), evaluateOn(bench, declared))
    const { serving, changes, audit } = await evaluationIn(bench)
    expect([serving.champion, changes, audit]).toEqual([null, [], []])
  })

  it('goes back to the one before when that is better again, after having served for a while', async () => {
    const worse = (second: number): Score[] => {
      const off = 1 + 0.1 * Math.cos(7 * second)
      const [ridge, online] = second < 400 ? [off, 0.5 * off] : [0.3 * off, 0.5 * off]
      return [
        scoreOf(second, 'online', targetOf(second) - online),
        scoreOf(second, 'ridgecv', targetOf(second) - ridge),
      ]
    }
    await scored(bench, seconds(0, 900).flatMap(worse))
    const { audit, changes } = await evaluationIn(bench)
    expect(audit).toMatchObject([
      { kind: 'promoted', name: 'online', why: { rule: 'margin', pairs: 200 } },
      { kind: 'rolled-back', name: 'ridgecv', why: { rule: 'margin' } },
    ])
    const [first, second] = changes.map(({ timestamp }) => Date.parse(timestamp ?? ''))
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(200_000)

    // Counted again from the scores, what was decided is not decided again.
    const { pairs: _pairs, ...damaged } = await evaluationIn(bench)
    const { states } = bench.database
    const { revision = 0 } = (await states.get(evaluationId(SERIES))) ?? {}
    await states.put(evaluationId(SERIES), damaged, revision)
    await scored(bench, worse(900))
    expect(await evaluationIn(bench)).toMatchObject({
      rows: 901,
      serving: { champion: 'ridgecv', through: at(900) },
      audit,
      changes,
    })
    expect((await evaluationIn(bench)).changes).toHaveLength(2)
  })
})
