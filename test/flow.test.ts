import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import type { Database } from '../functions/lib/connect.ts'
import { simulate } from '../functions/simulate/simulate.ts'
import { backends, TAKE_DEADLINE_MS } from './support/backends.ts'
import type { TakenBackend } from './support/backends.ts'
import { makeFlowFolder } from './support/flow-folder.ts'
import type { FlowFolder } from './support/flow-folder.ts'
import { shuffled } from './support/random.ts'
import { startRunningPlatform } from './support/running-platform.ts'
import type { RunningPlatform, TestEvent } from './support/running-platform.ts'
import { at } from './support/workbench.ts'

const BEGIN = Date.parse(at(0)) / 1_000
const SEED = 1

/** Features and target of some seconds, as two events of one row each; their keys put them into two partitions. */
function samplesOf(from: number, to: number): TestEvent[] {
  return Array.from({ length: to - from }, (_, index) => from + index).flatMap((second) => {
    const { features, target } = simulate(SEED, BEGIN + second)
    const common = { subject: 'mltest', source: '/flow' }
    return [
      {
        ...common,
        id: `f${second}`,
        type: 'dev.nowcast.features',
        partitionkey: 'features',
        data: { rows: [{ timestamp: at(second), ...features }] },
      },
      {
        ...common,
        id: `t${second}`,
        type: 'dev.nowcast.target',
        partitionkey: 'targets!',
        data: { rows: [{ timestamp: at(second), target }] },
      },
    ]
  })
}

describe.each(backends)('the whole flow on $name', (backend) => {
  if (backend.skipped !== undefined) {
    it.skip(`is not tested: ${backend.skipped}`, () => undefined)
    return
  }
  let taken: TakenBackend
  let folder: FlowFolder
  let platform: RunningPlatform
  let store: Database

  beforeAll(async () => {
    taken = await backend.take()
    folder = await makeFlowFolder({
      without: ['simulate.yaml', 'train.yaml'],
      models: ['ridgecv'],
    })
    platform = await startRunningPlatform(folder.path, backend.args)
    store = await backend.openStore(folder.path)
  }, TAKE_DEADLINE_MS)
  afterAll(async () => {
    await store.close()
    await platform.stop()
    await folder.remove()
    await taken.release()
  }, 20_000)

  async function publishAll(events: readonly TestEvent[]): Promise<void> {
    const statuses = await inGroups(events, (event) => platform.publish('mltest', event))
    expect(new Set(statuses)).toEqual(new Set([202]))
    await platform.settled()
  }

  async function written(): Promise<number> {
    const { topics } = await platform.status()
    return topics.reduce((sum, { newest }) => sum + newest, 0)
  }

  const tick = (second: number) =>
    platform.invoke('train', {
      id: `tick-${second}`,
      type: 'dev.knative.sources.ping',
      time: at(second),
      data: {},
    })

  it('keeps features and target of a row in different partitions', async () => {
    await publishAll(samplesOf(0, 60))
    const records = await platform.records('mltest', 120)
    const partitions = (type: string) =>
      new Set(
        records
          .filter((record) => record.type === type)
          .map((record) => record['knativekafkapartition']),
      )
    const features = partitions('dev.nowcast.features')
    const targets = partitions('dev.nowcast.target')
    expect([features.size, targets.size]).toEqual([1, 1])
    expect(features).not.toEqual(targets)
  }, 60_000)

  it('scores nothing, and loses nothing, before there is a model', async () => {
    expect(await store.rows.newestComplete('mltest')).toBe(at(59))
    expect(await store.scores.newest('mltest', 1_000)).toEqual([])
    expect(
      (await platform.status()).sources.map(({ deadLettered, dropped }) => deadLettered + dropped),
    ).toEqual([0, 0, 0, 0, 0])
  })

  it('trains on a tick, once however often it comes', async () => {
    expect([await tick(60), await tick(60)]).toEqual([204, 204])
    expect(await store.models.list({ limit: 10 })).toMatchObject([
      { name: 'ridgecv', version: 0, trainedThrough: at(59) },
    ])
  })

  it('gives every row that has a model exactly one stored score, near the noise of the stream', async () => {
    await publishAll(samplesOf(60, 120))
    await tick(120)
    await publishAll(samplesOf(120, 180))
    const scores = await store.scores.newest('mltest', 1_000)
    expect(scores.map(({ timestamp, model }) => [timestamp, model])).toEqual(
      Array.from({ length: 120 }, (_, index) => [at(60 + index), 'ridgecv']),
    )
    expect(scores.map(({ version }) => version)).toEqual([
      ...Array.from({ length: 60 }, () => 0),
      ...Array.from({ length: 60 }, () => 1),
    ])
    expect(scores.filter(({ late }) => late)).toEqual([])
    const squares = scores.map(({ error }) => error ** 2).toSorted((a, b) => a - b)
    expect(squares[60]).toBeLessThan(0.2)
  }, 60_000)

  it('gives the same rows, one prediction and the same score for every event three times, shuffled', async () => {
    const events = samplesOf(180, 300)
    await publishAll(shuffled([...events, ...events, ...events], 7))
    const rows = await store.rows.window('mltest', at(299), { kind: 'rows', rows: 120 })
    expect(rows).toHaveLength(120)
    for (const [index, row] of rows.entries()) {
      const { features, target } = simulate(SEED, BEGIN + 180 + index)
      expect(row).toMatchObject({ timestamp: at(180 + index), features, target })
      expect(Object.keys(row.predictions)).toEqual(['ridgecv'])
    }
    const scores = await store.scores.newest('mltest', 120)
    expect(scores.map(({ timestamp, error }) => [timestamp, error])).toEqual(
      rows.map(({ timestamp, target = Number.NaN, predictions }) => [
        timestamp,
        target - (predictions['ridgecv']?.prediction ?? Number.NaN),
      ]),
    )
  }, 120_000)

  it('changes no store when everything that was ever published is delivered again, shuffled', async () => {
    const before = await pictureOf(store)
    const { topics } = await platform.status()
    const again: [string, string][] = [
      ['mltest', 'persist'],
      ['mltest', 'predict'],
      ['mlrows', 'score'],
      ['mlscore', 'evaluate'],
    ]
    const deliveries: [string, TestEvent][] = []
    for (const [topic, service] of again) {
      const newest = topics.find((status) => status.topic === topic)?.newest ?? 0
      const records = await platform.records(topic, Math.min(newest, 1_000))
      for (const { id, source, type, subject, data } of records) {
        deliveries.push([
          service,
          { id, source, type, data, ...(typeof subject === 'string' ? { subject } : {}) },
        ])
      }
    }
    const statuses = await inGroups(shuffled(deliveries, 11), ([service, event]) =>
      platform.invoke(service, event),
    )
    expect(new Set(statuses)).toEqual(new Set([204]))
    await platform.settled()
    expect(await pictureOf(store)).toEqual(before)
  }, 120_000)

  it('causes at most five further events when the first of a thousand comes again', async () => {
    const events = samplesOf(300, 800)
    await publishAll(events)
    const [first] = events
    const before = await written()
    if (first !== undefined) await publishAll([first])
    expect((await written()) - before - 1).toBeLessThanOrEqual(5)
  }, 120_000)

  it('sends what cannot be stored to the dead letters, with code and data, and goes on', async () => {
    await publishAll([
      { id: 'bad-type', type: 'com.example.unknown', data: { rows: [{ timestamp: at(900) }] } },
      {
        id: 'bad-rows',
        type: 'dev.nowcast.target',
        data: { rows: [{ target: 1 }, { timestamp: 'x', target: 1 }] },
      },
      {
        id: 'one-bad-row',
        type: 'dev.nowcast.target',
        data: {
          rows: [
            { timestamp: at(900), target: 1 },
            { timestamp: at(901), target: '1e999' },
          ],
        },
      },
    ])
    const letters = await store.deadLetters.list(10)
    const told = letters.map(({ eventId, code, data }) => [
      eventId,
      code,
      JSON.parse(Buffer.from(data).toString()),
    ])
    expect(told.toSorted((a, b) => String(a[0]).localeCompare(String(b[0])))).toEqual([
      ['bad-rows', 'timestamp-missing', { rows: [{ target: 1 }, { timestamp: 'x', target: 1 }] }],
      ['bad-type', 'type-unknown', { rows: [{ timestamp: at(900) }] }],
      ['one-bad-row', 'not-a-number', { timestamp: at(901), target: '1e999' }],
    ])
  }, 60_000)

  it('keeps the dead letter of an event as large as its topic takes', async () => {
    const room = 1_048_588 - 600
    const rows = [{ timestamp: 'x', text: 'y'.repeat(room) }]
    await publishAll([{ id: 'large', type: 'dev.nowcast.target', data: { rows } }])
    const letters = await store.deadLetters.list(10)
    const letter = letters.find(({ eventId }) => eventId === 'large')
    expect(letter).toMatchObject({ code: 'timestamp-unreadable' })
    expect(letter?.data.length).toBeGreaterThan(room)
  }, 60_000)

  it('takes the plain records of the seed system', async () => {
    const timestamp = '2026-01-01T01:00:00.123456'
    for (const [key, row] of [
      ['features', { timestamp, feat_0: 1 }],
      ['target', { timestamp, target: 2 }],
    ] as const) {
      const status = await platform.invoke('persist', {
        id: key,
        type: 'dev.knative.kafka.event',
        data: row,
        key,
        partitionkey: key,
      })
      expect(status).toBe(204)
    }
    expect(await store.rows.newestComplete('mltest')).toBe('2026-01-01T01:00:00.123Z')
  })
})

/** Runs ten at a time, so that what follows one another also overlaps. */
async function inGroups<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let first = 0; first < items.length; first += 10) {
    results.push(...(await Promise.all(items.slice(first, first + 10).map(run))))
  }
  return results
}

async function pictureOf({ rows, scores, models, states }: Database): Promise<unknown> {
  return {
    rows: await rows.window('mltest', at(100_000), { kind: 'rows', rows: 10_000 }),
    scores: await scores.newest('mltest', 10_000),
    models: await models.list({ limit: 100 }),
    evaluation: await states.get('evaluation:mltest'),
  }
}
