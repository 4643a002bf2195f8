import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { evaluationId, newServingPointers } from '../../../functions/lib/models/serving-pointers.ts'
import { batchStateId } from '../../../functions/train/batch-state.ts'
import { batchModel, onlineModel } from '../../support/declared.ts'
import { shuffled } from '../../support/random.ts'
import { at, event } from '../../support/workbench.ts'
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

const triggers = { tick: true, drift: true, every: null }
const model = batchModel({ window: { kind: 'rows', rows: 50 }, minimumRows: 12 })
const counting = batchModel({ ...model, triggers: { ...triggers, every: 20 } })

let training: Training
beforeEach(async () => {
  training = await openTraining([model])
})
afterEach(() => training.bench.close())

function windows(versions: readonly number[]): Promise<unknown[]> {
  return Promise.all(versions.map((version) => training.body('ridgecv', version)))
}

function documentOf(): Promise<unknown> {
  return training.bench.database.states.get(batchStateId('ridgecv'))
}

describe('a drift in the errors of a batch model', () => {
  it('has it fitted on the rows since, and on none before, ever after', async () => {
    const rows = storedRows(plainRows(90))
    await training.bench.database.rows.merge(rows.slice(0, 60))
    await training.handle(driftEvent('ridgecv', 59, 40))
    await training.bench.database.rows.merge(rows.slice(60, 70))
    await training.handle(tickEvent(70))
    await training.bench.database.rows.merge(rows.slice(70))
    await training.handle(commandEvent('ridgecv'))
    expect(await windows([0, 1, 2])).toMatchObject([
      { window: { from: at(40), through: at(59) }, rows: 20 },
      { window: { from: at(40), through: at(69) }, rows: 30 },
      { window: { from: at(40), through: at(89) }, rows: 50 },
    ])
    expect(await training.versions('ridgecv')).toMatchObject([
      { trigger: `drift:ridgecv:${at(59)}` },
      { trigger: `tick:${at(70)}` },
      { trigger: 'command:/test by-hand' },
    ])
    expect(training.bench.published('mlmodel')).toMatchObject([
      { timestamp: at(59), since: at(59), version: 0, trigger: `drift:ridgecv:${at(59)}` },
      { timestamp: at(70), version: 1 },
      { timestamp: at(89), version: 2 },
    ])
  })

  it('waits for rows enough, and is then fitted once, by the row that makes them enough', async () => {
    const rows = storedRows(plainRows(80))
    await training.bench.database.rows.merge(rows.slice(0, 60))
    await training.handle(driftEvent('ridgecv', 59, 55))
    await training.handle(driftEvent('ridgecv', 59, 55))
    await training.handle(tickEvent(60))
    expect(await training.versions('ridgecv')).toEqual([])
    await training.send(rows.slice(60))
    expect(await windows([0])).toMatchObject([
      { window: { from: at(55), through: at(66) }, rows: 12 },
    ])
    expect(await training.versions('ridgecv')).toHaveLength(1)
    await training.handle(driftEvent('ridgecv', 59, 55))
    expect(await training.versions('ridgecv')).toHaveLength(1)
  })

  it('is heard although its row is still on its way, within the grace', async () => {
    const rows = storedRows(plainRows(80))
    await training.bench.database.rows.merge(rows.slice(0, 50))
    await training.handle(driftEvent('ridgecv', 59, 55))
    await training.send(rows.slice(50))
    expect(await windows([0])).toMatchObject([{ window: { from: at(55), through: at(66) } }])
  })

  it('gives way to a newer one, and one that is older is no news', async () => {
    await training.bench.database.rows.merge(storedRows(plainRows(60)))
    await training.handle(driftEvent('ridgecv', 50, 40))
    await training.handle(driftEvent('ridgecv', 30, 5))
    await training.handle(driftEvent('ridgecv', 59, 45))
    expect(await windows([0, 1])).toMatchObject([
      { window: { from: at(40) } },
      { window: { from: at(45) } },
    ])
    expect(await training.versions('ridgecv')).toHaveLength(2)
  })

  it('makes no version of its own where a tick has made it', async () => {
    const short = batchModel({ ...model, window: { kind: 'rows', rows: 15 } })
    await training.bench.database.rows.merge(storedRows(plainRows(60)))
    await training.handle(tickEvent(60), [short])
    await training.handle(driftEvent('ridgecv', 59, 40), [short])
    expect(await training.versions('ridgecv')).toMatchObject([{ trigger: `tick:${at(60)}` }])
    expect(training.facts.at(-1)).toBe('info: no version: the newest version is the same model')
  })

  it.each([
    ['of a model that nobody declares', driftEvent('another', 59, 40)],
    ['of a model that is not to be fitted then', driftEvent('ticking', 59, 40)],
    ['from after all rows', driftEvent('ridgecv', 9_999, 40)],
    [
      'that is no drift',
      event('dev.nowcast.model', {
        rows: [{ timestamp: at(59), name: 'ridgecv', kind: 'trained' }],
      }),
    ],
  ])('is nothing %s', async (_name, incoming) => {
    const ticking = batchModel({ name: 'ticking', triggers: { ...triggers, drift: false } })
    await training.bench.database.rows.merge(storedRows(plainRows(60)))
    await training.handle(incoming, [model, ticking])
    expect(await training.bench.database.models.list({ limit: 10 })).toEqual([])
    expect(await documentOf()).toBeUndefined()
  })

  it('is nothing of a row far ahead of all others, and later ones are news', async () => {
    const rows = storedRows([...plainRows(60), ...plainRows(1)])
    const far = rows.slice(60).map((row) => ({ ...row, timestamp: at(9_999) }))
    await training.bench.database.rows.merge([...rows.slice(0, 60), ...far])
    await training.handle(driftEvent('ridgecv', 9_999, 9_999))
    expect(await documentOf()).toBeUndefined()
    expect(training.facts).toEqual(['warn: drift ignored: its row is far ahead of all others'])
    await training.handle(driftEvent('ridgecv', 59, 40))
    expect(await windows([0])).toMatchObject([{ window: { from: at(40) } }])
  })

  it('is refused when it does not say since when', async () => {
    const rows = [{ timestamp: at(59), name: 'ridgecv', kind: 'drift', since: at(60) }]
    await expect(training.handle(event('dev.nowcast.model', { rows }))).rejects.toMatchObject({
      code: 'since-unreadable',
    })
  })
})

describe('every so many rows', () => {
  it('a batch model is fitted on the window that ends there, however often the rows come', async () => {
    for (const row of storedRows(plainRows(50))) {
      await training.bench.database.rows.merge([row])
      for (let time = 0; time < 3; time += 1) await training.handle(rowEvent(row), [counting])
    }
    expect(await windows([0, 1])).toMatchObject([
      { window: { from: at(0), through: at(19) } },
      { window: { from: at(0), through: at(39) } },
    ])
    expect(await training.versions('ridgecv')).toMatchObject([
      { trigger: 'rows:ridgecv:20' },
      { trigger: 'rows:ridgecv:40' },
    ])
  })

  it('rows are counted in their order, whatever order they come in', async () => {
    const rows = storedRows(plainRows(50))
    for (const row of shuffled([...rows.slice(0, 25), ...rows.slice(0, 25)], 5)) {
      await training.bench.database.rows.merge([row])
      await training.handle(rowEvent(row), [counting])
    }
    for (const row of shuffled(rows.slice(25), 6)) {
      await training.bench.database.rows.merge([row])
      await training.handle(rowEvent(row), [counting])
    }
    expect(await windows([0, 1])).toMatchObject([
      { window: { from: at(0), through: at(19) } },
      { window: { from: at(0), through: at(39) } },
    ])
    expect(await documentOf()).toMatchObject({
      document: { taken: 50, learntThrough: at(49), tooLate: 0 },
    })
  })

  it('a backlog makes one version, of its newest full number', async () => {
    const rows = storedRows(plainRows(110))
    await training.bench.database.rows.merge(rows)
    await training.handle(rowEvent(...rows.slice(0, 1)), [counting])
    expect(await training.versions('ridgecv')).toMatchObject([
      { trigger: 'rows:ridgecv:100', trainedThrough: at(99) },
    ])
  })

  it('nothing is counted or kept for a model that is not declared so', async () => {
    await training.send(storedRows(plainRows(30)))
    expect(await documentOf()).toBeUndefined()
    expect(await training.versions('ridgecv')).toEqual([])
  })

  it('a damaged document is an error in the log, and counting begins anew', async () => {
    const rows = storedRows(plainRows(45))
    await training.bench.database.rows.merge(rows.slice(0, 25))
    await training.handle(rowEvent(...rows.slice(0, 25)), [counting])
    await training.bench.database.states.put(batchStateId('ridgecv'), { drift: 'yes' }, 1)
    await training.bench.database.rows.merge(rows.slice(25))
    await training.handle(rowEvent(...rows.slice(25)), [counting])
    expect(training.facts.filter((fact) => fact.startsWith('error'))).toEqual([
      'error: state document "training:ridgecv" is damaged: the model starts anew from the stored rows',
    ])
    expect(await documentOf()).toMatchObject({ document: { taken: 45, takenBefore: 20 } })
  })
})

describe('a command', () => {
  it.each([
    ['of another action', { name: 'ridgecv', action: 'promote' }, 'action-unknown'],
    ['about a model that nobody declares', { name: 'x', action: 'train' }, 'model-unknown'],
    ['that is no object', 'train', 'not-an-object'],
    ['for a model without rows', { name: 'ridgecv', action: 'train' }, 'not-trained'],
  ])('%s is refused', async (_name, data, code) => {
    await expect(training.handle(event('dev.nowcast.command', data))).rejects.toMatchObject({
      name: 'RejectedError',
      code,
    })
  })

  it('of another source trains, also with an id that was there before', async () => {
    const rows = storedRows(plainRows(40))
    for (const [index, source] of ['/one', '/other'].entries()) {
      await training.bench.database.rows.merge(rows.slice(20 * index, 20 * index + 20))
      await training.handle({ ...commandEvent('ridgecv', 'same'), source })
    }
    expect(await training.versions('ridgecv')).toMatchObject([
      { trigger: 'command:/one same' },
      { trigger: 'command:/other same' },
    ])
  })

  it('that comes again fits nothing and says nothing', async () => {
    await training.bench.database.rows.merge(storedRows(plainRows(30)))
    await training.handle(commandEvent('ridgecv'))
    const large = plainRows(10).map((row) => ({ ...row, target: 1e308 }))
    await training.bench.database.rows.merge(storedRows(large, 30))
    await training.handle(commandEvent('ridgecv'))
    expect(training.facts).toEqual(['info: version 0 registered'])
    expect(training.bench.published('mlmodel')).toMatchObject([{ version: 0 }, { version: 0 }])
  })

  it('trains one model of many, once however often it comes', async () => {
    const rows = storedRows(plainRows(40))
    await training.bench.database.rows.merge(rows.slice(0, 30))
    const declared = [model, batchModel({ name: 'other' }), onlineModel()]
    await training.handle(commandEvent('ridgecv'), declared)
    await training.bench.database.rows.merge(rows.slice(30))
    await training.handle(commandEvent('ridgecv'), declared)
    expect(await training.bench.database.models.list({ limit: 10 })).toMatchObject([
      { name: 'ridgecv', version: 0, trigger: 'command:/test by-hand' },
    ])
  })
})

describe('bad rows', () => {
  it.each([
    ['constant features', () => ({ a: 1, b: 1 })],
    ['collinear features', (a: number) => ({ a, b: 3 * a })],
  ])('of %s make a finite model', async (_name, change) => {
    const rows = plainRows(40).map(({ features: { a = 0 }, target }) => ({
      features: change(a),
      target,
    }))
    await training.bench.database.rows.merge(storedRows(rows))
    await training.handle(tickEvent(60))
    const [body] = await windows([0])
    expect(JSON.stringify(body)).not.toContain('null')
  })

  it('with a thousand features make no version, for there are too few', async () => {
    const rows = plainRows(40).map(({ target }, index) => ({
      features: Object.fromEntries(
        Array.from({ length: 1_000 }, (_, j) => [`x${j}`, Math.sin(index * j)]),
      ),
      target,
    }))
    await training.bench.database.rows.merge(storedRows(rows))
    await training.handle(tickEvent(60))
    expect(training.facts).toEqual([
      'info: no version: 40 complete rows in the window, 1002 are needed',
    ])
  })
})

describe('a network', () => {
  it('is fitted beside other models, on the backend there is', async () => {
    await training.bench.database.rows.merge(storedRows(plainRows(40)))
    await training.handle(tickEvent(60), [batchModel({ name: 'net', algorithm: 'mlp' }), model])
    expect(training.facts).toEqual([
      expect.stringMatching(/^info: networks are fitted on the (native|wasm) backend$/),
      'info: version 0 registered',
      'info: version 0 registered',
    ])
    const [net] = await training.bench.database.models.list({ name: 'net', limit: 1 })
    expect(net).toMatchObject({ version: 0, description: expect.stringContaining('mlp') })
  })
})

it('an event that trains nothing is refused with what would', async () => {
  await expect(training.handle(event('dev.nowcast.error', {}))).rejects.toMatchObject({
    code: 'type-unknown',
  })
})

describe('the registry', () => {
  const states = () => training.bench.database.states
  const registerMany = async (count: number): Promise<void> => {
    await training.bench.database.rows.merge(storedRows(plainRows(60)))
    for (let index = 0; index < count; index += 1) {
      await training.bench.database.models.register({
        name: 'ridgecv',
        trigger: `t${index}`,
        description: 'ridgeCV',
        score: 1,
        trainedThrough: at(0),
        body: `{"of":${index}}`,
      })
    }
  }
  const newest = async (): Promise<number[]> =>
    (await training.bench.database.models.list({ name: 'ridgecv', limit: 200 })).map(
      ({ version }) => version,
    )

  it('goes on to hold a version that is pinned, and the one before it, however many come', async () => {
    await registerMany(100)
    const serving = { ...newServingPointers(), pinned: { ridgecv: 1 } }
    await states().put(evaluationId('mltest'), { serving }, 0)
    await training.handle(tickEvent(60))
    expect((await newest()).slice(-2)).toEqual([1, 0])
  })

  it('goes on to hold the version that is served while all newer ones are refused', async () => {
    await registerMany(100)
    const refused = { ridgecv: Array.from({ length: 99 }, (_, index) => index + 1) }
    const serving = { ...newServingPointers(), refused }
    await states().put(evaluationId('mltest'), { serving }, 0)
    await training.handle(tickEvent(60))
    expect((await newest()).at(-1)).toBe(0)
  })

  it('makes versions also where the pointers are damaged, and says that it keeps the newest', async () => {
    await registerMany(100)
    await states().put(evaluationId('mltest'), { serving: 'x' }, 0)
    await training.handle(tickEvent(60))
    expect((await newest()).at(-1)).toBe(1)
    expect(training.facts).toContain('warn: served versions are not known: the newest are kept')
  })
})
