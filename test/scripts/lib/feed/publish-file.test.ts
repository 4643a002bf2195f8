import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { kafkaSinkEvents } from '../../../../functions/lib/adapters/kafka-sink-events.ts'
import type { Events } from '../../../../functions/lib/ports/events.ts'
import { openDataFile } from '../../../../platform/local/data/data-file.ts'
import type { DataFile } from '../../../../platform/local/data/data-file.ts'
import { NOTHING_DONE } from '../../../../scripts/lib/feed/position.ts'
import type { FeedProgress } from '../../../../scripts/lib/feed/position.ts'
import { publishFile } from '../../../../scripts/lib/feed/publish-file.ts'
import type { FeedNeeds } from '../../../../scripts/lib/feed/publish-file.ts'
import { startRecordingSink } from '../../../support/recording-sink.ts'
import type { RecordingSink } from '../../../support/recording-sink.ts'

let folder: string
let sink: RecordingSink
let events: Events
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nowcast-'))
  sink = await startRecordingSink()
  events = kafkaSinkEvents(sink.url, '/test')
})
afterEach(async () => {
  await events.close()
  await sink.close()
  await rm(folder, { recursive: true })
})

async function dataFile(lines: readonly string[]): Promise<DataFile> {
  const file = join(folder, 'a.csv')
  await writeFile(file, lines.join('\n'))
  return openDataFile(file, {})
}

/** A file of so many rows, a second after the other. */
const longFile = (count: number) =>
  dataFile([
    'date,a,target',
    ...Array.from({ length: count }, (_, index) => `${1_600_000_000 + index},${index},${index}`),
  ])

const publish = (file: DataFile, begin: FeedProgress, rest: Partial<FeedNeeds> = {}) =>
  publishFile(file, begin, {
    events,
    series: 's',
    rate: undefined,
    stopping: new AbortController().signal,
    onRefused: () => undefined,
    onProgress: () => undefined,
    ...rest,
  })

const sizes = () => sink.events.map(({ attributes, rows }) => [attributes['type'], rows.length])

describe('publishing a file', () => {
  it('sends features before targets, of one series, in batches', async () => {
    const end = await publish(await longFile(1_100), NOTHING_DONE)
    expect(sizes()).toEqual([
      ['dev.nowcast.features', 500],
      ['dev.nowcast.target', 500],
      ['dev.nowcast.features', 500],
      ['dev.nowcast.target', 500],
      ['dev.nowcast.features', 100],
      ['dev.nowcast.target', 100],
    ])
    expect(sink.events[0]).toMatchObject({
      topic: 'mltest',
      attributes: { subject: 's', partitionkey: 's' },
    })
    expect(sink.events[0]?.rows[0]).toEqual({ timestamp: '2020-09-13T12:26:40.000Z', a: 0 })
    expect(sink.events[1]?.rows[1]).toEqual({ timestamp: '2020-09-13T12:26:41.000Z', target: 1 })
    expect(end).toEqual({
      records: 1_100,
      line: 1_101,
      rows: 1_100,
      targets: 1_100,
      refused: 0,
      repeated: 0,
      isComplete: true,
    })
  })

  it('counts and names what it leaves out, and rows of one time', async () => {
    const file = await dataFile([
      'date,a,target',
      '2026-01-01,1,1',
      '2026-01-01,2,',
      '2026-01-02,x,1',
      '2026-01-02,,3',
      '2026-01-02,5,3',
    ])
    const refused: unknown[] = []
    const end = await publish(file, NOTHING_DONE, {
      onRefused: (line, reason) => refused.push([line, reason]),
    })
    expect(refused).toEqual([[4, '"x" in "a" is no number']])
    expect(end).toMatchObject({ records: 5, rows: 4, targets: 3, refused: 1, repeated: 2 })
    expect(sizes()).toEqual([
      ['dev.nowcast.features', 3],
      ['dev.nowcast.target', 3],
    ])
  })

  it('goes on where it was stopped, and ends with the same counts and the same events', async () => {
    const file = await longFile(1_200)
    const whole = await publish(file, NOTHING_DONE)
    const ids = sink.events.splice(0).map(({ attributes }) => attributes['id'])

    const stopping = new AbortController()
    const half = await publish(file, NOTHING_DONE, {
      stopping: stopping.signal,
      onProgress: () => stopping.abort(),
    })
    expect(half).toMatchObject({ records: 500, line: 501, isComplete: false })
    expect(await publish(file, half)).toEqual(whole)
    expect(sink.events.map(({ attributes }) => attributes['id'])).toEqual(ids)
  })

  it('tells of everything that is published before a batch that cannot be', async () => {
    const told: FeedProgress[] = []
    const failing = publish(await longFile(1_200), NOTHING_DONE, {
      onProgress(progress) {
        told.push(progress)
        sink.answerWith(503)
      },
    })
    await expect(failing).rejects.toThrow('topic mltest cannot be written now')
    expect(told).toMatchObject([{ records: 500, isComplete: false }])
  })

  it('brings a rate in small batches, and ends a wait when it is stopped', async () => {
    const stopping = new AbortController()
    const end = await publish(await longFile(100), NOTHING_DONE, {
      // A row in eleven days: without the end of the wait this test would not end.
      rate: 1e-6,
      stopping: stopping.signal,
      onProgress: () => stopping.abort(),
    })
    expect(end).toMatchObject({ records: 1, isComplete: false })
    await publish(await longFile(100), NOTHING_DONE, { rate: 1e9 })
    await publish(await longFile(100), NOTHING_DONE, { rate: 4_000 })
    expect(sizes().map(([, rows]) => rows)).toEqual([1, 1, 100, 100, 100, 100])
  })
})
