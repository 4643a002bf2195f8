import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { ColumnOptions } from '../../../../platform/local/data/columns.ts'
import { openDataFile } from '../../../../platform/local/data/data-file.ts'
import type { DataFile, DataRow } from '../../../../platform/local/data/data-file.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nowcast-'))
  file = join(folder, 'a.csv')
})
afterEach(() => rm(folder, { recursive: true }))

async function rowsOf(text: string | Uint8Array, options: ColumnOptions = {}): Promise<DataRow[]> {
  await writeFile(file, text)
  return readAll(await openDataFile(file, options))
}

async function readAll(data: DataFile): Promise<DataRow[]> {
  const all: DataRow[] = []
  for await (const row of data.rows()) all.push(row)
  return all
}

/** Each row in short: its line, and what it holds or why it is left out. */
async function inShort(text: string, options: ColumnOptions = {}): Promise<unknown[]> {
  return (await rowsOf(text, options)).map((row) =>
    row.kind === 'row'
      ? [row.line, row.timestamp.slice(0, 16), row.features, row.target]
      : [row.line, row.reason],
  )
}

describe('a data file', () => {
  it('gives its rows with their lines and how much of the file is read', async () => {
    const text = 'date,a,target\n2026-01-01,1,2\n2026-01-02,3,4\n'
    expect(await rowsOf(text)).toEqual([
      {
        kind: 'row',
        timestamp: '2026-01-01T00:00:00.000Z',
        features: { a: 1 },
        target: 2,
        line: 2,
        bytes: 29,
      },
      {
        kind: 'row',
        timestamp: '2026-01-02T00:00:00.000Z',
        features: { a: 3 },
        target: 4,
        line: 3,
        bytes: text.length,
      },
    ])
  })

  it('can be read again', async () => {
    await writeFile(file, 'date,a\n2026-01-01,1\n')
    const data = await openDataFile(file, {})
    expect(await readAll(data)).toEqual(await readAll(data))
  })

  it.each([
    ['a byte order mark', '\ufeffdate,a\n2026-01-01,1\n', 2],
    ['Windows line ends', 'date,a\r\n2026-01-01,1\r\n', 2],
    ['no line end at its end', 'date,a\n2026-01-01,1', 2],
    ['quoted cells', '"date","a"\n"2026-01-01","1"\n', 2],
    ['empty lines', 'date,a\n\n\n2026-01-01,1\n\n', 4],
    ['a line end in a quoted name', '"date","a\r\nb"\r\n2026-01-01,1\r\n', 3],
  ])('may have %s', async (_, text, line) => {
    expect(await rowsOf(text)).toMatchObject([
      { kind: 'row', timestamp: '2026-01-01T00:00:00.000Z', line },
    ])
  })

  it('leaves out a feature that is missing, and a row that is wrong, each with its line', async () => {
    const text = [
      'date,a,b,note,target',
      '2026-01-01,1,2,x,3',
      '2026-01-02,NA,2,x,3',
      '2026-01-03,1,,x,',
      '2026-01-04,warm,2,x,3',
      '2026-13-05,1,2,x,3',
      '2026-01-06,1,2,x',
      '2026-01-07,1,2,"a',
      'b",3',
      '2026-01-08,,,x,nan',
      '2026-01-09,1,2,x,high',
      '2026-01-10,,,x,7',
      '',
    ].join('\n')
    expect(await inShort(text, { ignore: 'note' })).toEqual([
      [2, '2026-01-01T00:00', { a: 1, b: 2 }, 3],
      [3, '2026-01-02T00:00', { b: 2 }, 3],
      [4, '2026-01-03T00:00', { a: 1 }, undefined],
      [5, '"warm" in "a" is no number'],
      [6, '"2026-13-05" in "date" is no time (ISO 8601, or seconds or milliseconds since 1970)'],
      [7, 'it has 4 cells, and the first line names 5 columns'],
      [8, '2026-01-07T00:00', { a: 1, b: 2 }, 3],
      [10, 'it holds no number'],
      [11, '"high" in "target" is no number'],
      [12, '2026-01-10T00:00', {}, 7],
    ])
  })

  it('takes the time from a date and an hour', async () => {
    const text = 'dteday,hr,cnt\n2011-01-01,5,1\n2011-01-01,24,1\n'
    expect(await inShort(text, { time: 'dteday+hr', target: 'cnt' })).toEqual([
      [2, '2011-01-01T05:00', {}, 1],
      [
        3,
        '"2011-01-01" and "24" in "dteday" and "hr" is no time (an ISO 8601 date, and an hour from 0 to 23 or a time of day)',
      ],
    ])
  })

  it.each<[string, string | Uint8Array, ColumnOptions, string]>([
    ['empty', '', {}, ' is empty'],
    ['without a row', 'date,a\n', {}, ' has no row below the names of its columns'],
    [
      'with a column of text',
      'date,city,a,street\n2026-01-01,Berlin,1,x\n2026-01-02,Rome,2,y\n',
      {},
      ': columns "city", "street" hold text, and a feature is a number: leave out what is none with --ignore city,street',
    ],
    [
      'with a target of text',
      'date,a,b\n2026-01-01,1,high\n',
      { target: 'b' },
      ': column "b", the target, holds text',
    ],
    [
      'with a time of something else',
      'date,a\nMonday,1\n',
      {},
      ': line 2: "Monday" in "date" is no time (ISO 8601, or seconds or milliseconds since 1970)',
    ],
    [
      'with a misspelt column',
      'date,a\n2026-01-01,1\n',
      { target: 'aa' },
      ': --target: there is no column "aa"; did you mean "a"?',
    ],
    [
      'with a quote that is never closed',
      'date,a\n2026-01-01,"1\n2026-01-02,2\n',
      {},
      ':3: a quote is opened before here and never closed: close it, or double it when it belongs to a cell',
    ],
    [
      'with a quote in the middle of a cell',
      'date,a\n2026-01-01,1"2\n',
      {},
      ':2: a quote stands in the middle of a cell: put the whole cell in quotes and double the quote in it',
    ],
    [
      'that is no text',
      new Uint8Array(300_000).fill(7),
      {},
      ': a row of over 256 kB begins before here: a quote is opened and never closed, or this is no text',
    ],
  ])('is refused: %s', async (_, text, options, fault) => {
    await writeFile(file, text)
    const refusal = openDataFile(file, options)
    await expect(refusal).rejects.toMatchObject({ name: 'DataFileError' })
    await expect(refusal).rejects.toThrow(fault)
  })

  it('is refused when it is missing or a folder', async () => {
    await expect(openDataFile(file, {})).rejects.toThrow(`there is no file ${file}`)
    await expect(openDataFile(folder, {})).rejects.toThrow(`${folder} is a folder: name a CSV file`)
  })

  it('with a fault far behind gives what comes before it', async () => {
    const good = Array.from({ length: 1_000 }, (_, day) => `${1_600_000_000 + day},1`)
    await writeFile(file, ['date,a', ...good, '1600001000,"1'].join('\n'))
    const data = await openDataFile(file, {})
    let count = 0
    const read = async () => {
      for await (const row of data.rows()) count += row.kind === 'row' ? 1 : 0
    }
    await expect(read()).rejects.toThrow(`${file}:1002: a quote is opened`)
    expect(count).toBe(1_000)
  })

  const bikes = join(env['NOWCAST_SHARED'] ?? '', 'data/bike-sharing/hour.csv')
  const isThere = env['NOWCAST_SHARED'] !== undefined && existsSync(bikes)
  const whenThere = isThere ? it : it.skip
  whenThere(
    `of two years of bicycle hires, hour by hour${isThere ? '' : ' (not tested: set NOWCAST_SHARED)'}`,
    async () => {
      const data = await openDataFile(bikes, {
        time: 'dteday+hr',
        target: 'cnt',
        ignore: 'instant,casual,registered',
      })
      expect(data.columns.features).toHaveLength(11)
      const all = await readAll(data)
      expect(all).toHaveLength(17_379)
      expect(all.filter(({ kind }) => kind === 'refused')).toEqual([])
      expect(all[5]).toMatchObject({ timestamp: '2011-01-01T05:00:00.000Z', target: 1, line: 7 })
      expect(all.at(-1)).toMatchObject({ timestamp: '2012-12-31T23:00:00.000Z', target: 49 })
    },
  )
})
