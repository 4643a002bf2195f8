import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { openStateFolder } from '../../platform/local/state-folder.ts'
import { exitCode, nowcast, startNowcast } from '../support/cli.ts'
import { eventually } from '../support/eventually.ts'
import { startRecordingSink } from '../support/recording-sink.ts'
import type { RecordingSink } from '../support/recording-sink.ts'

const SLOW_MS = 60_000

let folder: string
let file: string
let state: string
let sink: RecordingSink
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nowcast-'))
  file = join(folder, 'a.csv')
  state = join(folder, '.nowcast')
  sink = await startRecordingSink()
  await writeFile(
    file,
    ['date,hr,casual,temp (C),cnt', ...hours(1_000), '2026-03-01,x,1,2,3', ''].join('\n'),
  )
})
afterEach(async () => {
  await sink.close()
  await rm(folder, { recursive: true })
})

function hours(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(Date.UTC(2026, 0, 1 + Math.floor(index / 24))).toISOString().slice(0, 10)
    return `${day},${index % 24},1,${index / 10},${index}`
  })
}

const args = (...more: string[]) => {
  const columns = ['--time', 'date+hr', '--target', 'cnt', '--ignore', 'casual']
  const port = new URL(sink.url).port
  return ['feed', file, ...columns, '--state', state, '--port', port, ...more]
}
const feed = (...more: string[]) => nowcast(args(...more))
const rows = () => sink.events.flatMap((event) => event.rows)

describe('nowcast feed', () => {
  it(
    'publishes a file once, and says what it left out and renamed',
    async () => {
      expect(await feed('--series', 'bikes')).toEqual({
        code: 0,
        stdout:
          '1,000 rows, 1,000 with a target, 1 left out: published to mltest as series bikes\n',
        stderr: [
          'series bikes: target "cnt", 1 feature',
          'column "temp (C)" becomes the feature "temp _C_"',
          'line 1002 is left out: "2026-03-01" and "x" in "date" and "hr" is no time (an ISO 8601 date, and an hour from 0 to 23 or a time of day)',
          '',
        ].join('\n'),
      })
      expect(rows()).toHaveLength(2_000)
      expect(rows()[5]).toEqual({ timestamp: '2026-01-01T05:00:00.000Z', 'temp _C_': 0.5 })
      expect(sink.events[0]?.attributes).toMatchObject({
        source: '/nowcast/feed',
        subject: 'bikes',
        partitionkey: 'bikes',
      })
      const again = await feed('--series', 'bikes')
      expect(again).toEqual({
        code: 0,
        stdout:
          '1,000 rows, 1,000 with a target, 1 left out: published to mltest as series bikes already; --again publishes it again\n',
        stderr: '',
      })
      expect(rows()).toHaveLength(2_000)
    },
    SLOW_MS,
  )

  it(
    'publishes it again, with the same ids, for who asks for it, and anew as another series or with other columns',
    async () => {
      await feed()
      const ids = sink.events.splice(0).map(({ attributes }) => attributes['id'])
      await feed('--again')
      expect(sink.events.splice(0).map(({ attributes }) => attributes['id'])).toEqual(ids)
      await feed('--series', 'other')
      expect(sink.events.splice(0)).toHaveLength(4)
      await feed('--ignore', 'casual,temp (C)')
      expect(sink.events.splice(0)).toHaveLength(2)
      await writeFile(
        file,
        ['date,hr,casual,cnt', ...hours(1)].join('\n').replace(',0,1,0,', ',0,1,'),
      )
      await feed()
      expect(sink.events).toHaveLength(1)
    },
    SLOW_MS,
  )

  it(
    'stops at Ctrl-C after a whole batch, and goes on from there',
    async () => {
      const child = startNowcast(args('--rate', '20'))
      await eventually(() => sink.events.length >= 4, SLOW_MS)
      child.kill('SIGINT')
      expect(await exitCode(child)).toBe(1)
      const before = rows().length
      expect(before).toBeLessThan(500)
      const rest = await feed()
      expect(rest.stderr).toContain(`goes on after line ${before / 2 + 1}\n`)
      expect(rows()).toHaveLength(2_000)
      expect(new Set(rows().map((row) => JSON.stringify(row))).size).toBe(2_000)
    },
    SLOW_MS,
  )

  it(
    'says how far it came when it is not taken any more, and goes on when it is',
    async () => {
      sink.answerWith(503)
      expect(await feed()).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /\nnothing is published: the KafkaSink mltest answered 503\n$/,
        ),
      })
      sink.answerWith(202)
      const { stdout, stderr } = await feed('--json')
      expect(JSON.parse(stdout)).toEqual({
        file,
        series: 'mltest',
        topic: 'mltest',
        records: 1_001,
        line: 1_002,
        rows: 1_000,
        targets: 1_000,
        refused: 1,
        repeated: 0,
        isComplete: true,
      })
      expect(stderr).toMatch(/^line 1002 is left out/)
    },
    SLOW_MS,
  )

  it(
    'keeps how far it is where a platform may still empty the folder',
    async () => {
      await feed()
      expect(await readdir(state)).toEqual(['feeds'])
      openStateFolder(state, { fresh: true }).close()
      expect(await readdir(state)).not.toContain('feeds')
      await feed()
      expect(rows()).toHaveLength(4_000)
    },
    SLOW_MS,
  )

  it(
    'warns when the time lacks its hour',
    async () => {
      const { code, stderr } = await nowcast([...args(), '--time', 'date', '--ignore', 'hr,casual'])
      expect(code).toBe(0)
      expect(stderr).toMatch(
        /\n958 rows have the time of the row before them, and rows of one time are one row: is an hour missing in --time\?\n$/,
      )
    },
    SLOW_MS,
  )

  it.each<[string[], string]>([
    [['--time', 'dat+hr'], ': --time: there is no column "dat"; did you mean "date"?\n'],
    [['--target', 'count'], ': --target: there is no column "count"; did you mean "cnt"?\n'],
    [['--rate', '0'], 'It must be a positive number of rows a second, e.g. 50.'],
    [['--series', ''], 'It must be 1 to 128 printable characters.'],
  ])(
    '%j says what is wrong',
    async (more, sentence) => {
      const outcome = await feed(...more)
      expect(outcome).toMatchObject({ code: 2, stdout: '' })
      expect(outcome.stderr).toContain(sentence)
      expect(rows()).toEqual([])
    },
    SLOW_MS,
  )

  it(
    'says so when how far it is cannot be kept',
    async () => {
      await writeFile(join(folder, 'file'), '')
      const { code, stderr } = await feed('--state', join(folder, 'file'))
      expect(code).toBe(1)
      expect(stderr).toContain(`how far it is cannot be kept in ${join(folder, 'file', 'feeds')}`)
    },
    SLOW_MS,
  )
})
