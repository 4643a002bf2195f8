import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { event, openWorkbench, at } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'
import { evaluateOn, evaluationIn, scoreOf, scored, seconds, targetOf } from './stream.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
  for (const version of [0, 1, 2]) {
    await bench.database.models.register({
      name: 'ridgecv',
      trigger: `version ${version}`,
      description: '',
      score: 1,
      trainedThrough: at(-1),
      body: '{}',
    })
  }
})
afterEach(() => bench.close())

function command(data: unknown, id = JSON.stringify(data)): Promise<void> {
  return evaluateOn(bench)(event('dev.nowcast.command', data, { id }))
}

describe('promote', () => {
  it('makes a model the champion of its series, and says who wanted it', async () => {
    await scored(
      bench,
      seconds(0, 5).map((second) => scoreOf(second, 'online', targetOf(second))),
    )
    await command({ name: 'online', action: 'promote' }, 'c-1')
    const { serving, changes, audit } = await evaluationIn(bench)
    expect(serving).toMatchObject({ champion: 'online', through: at(4), pinned: {} })
    expect(changes).toEqual([{ timestamp: at(4), from: 'ridgecv', to: 'online' }])
    expect(audit).toMatchObject([
      {
        kind: 'promoted',
        name: 'online',
        by: 'command',
        timestamp: at(4),
        why: { command: '/test c-1', from: 'ridgecv' },
      },
    ])
    expect(bench.published('mlmodel')).toMatchObject([
      { kind: 'promoted', name: 'online', by: 'command', timestamp: at(4) },
    ])
  })

  it('pins a version, also one that was refused, and a later one without a version lets go of it', async () => {
    await command({ name: 'ridgecv', action: 'rollback', version: 1 })
    await command({ name: 'ridgecv', action: 'promote', version: 1 })
    expect((await evaluationIn(bench)).serving).toMatchObject({
      champion: 'ridgecv',
      pinned: { ridgecv: 1 },
      refused: { ridgecv: [] },
    })
    await command({ name: 'ridgecv', action: 'promote' })
    expect((await evaluationIn(bench)).serving.pinned).toEqual({})
  })
})

describe('rollback', () => {
  it('refuses the version that is served, then the one before it', async () => {
    await command({ name: 'ridgecv', action: 'rollback' }, 'first')
    expect((await evaluationIn(bench)).serving.refused).toEqual({ ridgecv: [2] })
    await command({ name: 'ridgecv', action: 'rollback' }, 'second')
    const { serving, audit } = await evaluationIn(bench)
    expect(serving.refused).toEqual({ ridgecv: [2, 1] })
    expect(audit).toMatchObject([
      { kind: 'rolled-back', version: 2, why: { to: 1 } },
      { kind: 'rolled-back', version: 1, why: { to: 0 } },
    ])
  })

  it('lets go of the version that was pinned', async () => {
    await command({ name: 'ridgecv', action: 'promote', version: 1 })
    await command({ name: 'ridgecv', action: 'rollback' })
    expect((await evaluationIn(bench)).serving).toMatchObject({
      pinned: {},
      refused: { ridgecv: [1] },
    })
  })
})

describe('a command', () => {
  it('is obeyed once, however often its event comes', async () => {
    for (const id of ['same', 'same', 'same']) {
      await command({ name: 'ridgecv', action: 'rollback' }, id)
    }
    const { serving, audit, commands } = await evaluationIn(bench)
    expect(serving.refused).toEqual({ ridgecv: [2] })
    expect([audit.length, commands]).toEqual([1, ['/test same']])
    expect(bench.published('mlmodel')).toHaveLength(1)
  })

  it('stays when the first rows of the series come out of order after it', async () => {
    await command({ name: 'online', action: 'promote' })
    for (const second of [1, 0]) {
      await scored(bench, [scoreOf(second, 'online', targetOf(second))])
    }
    const { serving, audit, rows } = await evaluationIn(bench)
    expect([serving.champion, audit.length, rows]).toEqual(['online', 1, 2])
  })

  it.each([
    ['no object', 'promote', 'command-unreadable', 'send {"name"'],
    ['no name', { action: 'promote' }, 'name-missing', 'no name'],
    [
      'an unknown action',
      { name: 'online', action: 'praise' },
      'action-unknown',
      'promote or roll',
    ],
    ["train's action", { name: 'online', action: 'train' }, 'action-unknown', 'send it to train'],
    ['an unknown name', { name: 'x', action: 'promote' }, 'model-unknown', 'ridgecv, online'],
    [
      'an unknown version',
      { name: 'ridgecv', action: 'promote', version: 7 },
      'version-unknown',
      'numbers up to 2',
    ],
    [
      'a version that is no number',
      { name: 'ridgecv', action: 'promote', version: '1' },
      'version-invalid',
      'no whole number',
    ],
    [
      'a version of a model that learns row by row',
      { name: 'online', action: 'rollback' },
      'model-online',
      'promote it without a version',
    ],
  ])('with %s is rejected with the way out', async (_name, data, code, way) => {
    await expect(command(data)).rejects.toMatchObject({
      name: 'RejectedError',
      code,
      message: expect.stringContaining(way),
    })
    expect(bench.sink.events).toEqual([])
  })

  it('that leaves nothing to serve is rejected', async () => {
    for (const id of ['a', 'b']) await command({ name: 'ridgecv', action: 'rollback' }, id)
    await expect(command({ name: 'ridgecv', action: 'rollback' }, 'c')).rejects.toMatchObject({
      code: 'nothing-before',
    })
    expect((await evaluationIn(bench)).serving.refused).toEqual({ ridgecv: [2, 1] })
  })
})
