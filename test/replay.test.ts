import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { nowcast } from './support/cli.ts'
import { makeFlowFolder } from './support/flow-folder.ts'
import type { FlowFolder } from './support/flow-folder.ts'

const factShape = z.looseObject({ fact: z.string(), who: z.string() })

/** Hourly rows of a line through two columns, with a night without rows and a column that gives the target away. */
function hours(count: number): string {
  const rows = Array.from({ length: count }, (_, index) => {
    const time = new Date(Date.UTC(2011, 0, 1) + (index < 20 ? index : index + 8) * 3_600_000)
    const x = Math.sin(index)
    const y = Math.cos(index * 1.7)
    const target = 3 * x - 2 * y + 10
    const [day = '', hour = ''] = time.toISOString().split('T')
    return [day, Number(hour.slice(0, 2)), x, y, target, target].join(',')
  })
  return ['day,hour,x,y,leak,count', ...rows].join('\n')
}

const MODELS = `
- name: last-day
  algorithm: ridgecv
  window: 24
  minimumRows: 12
  cadence: PT1H
`

describe('a file that is replayed', () => {
  let folder: FlowFolder
  let files: string
  beforeAll(async () => {
    folder = await makeFlowFolder({ without: [] })
    files = await mkdtemp(join(tmpdir(), 'nowcast-data-'))
    await writeFile(join(files, 'hours.csv'), hours(60))
    await writeFile(join(files, 'other.csv'), hours(30))
    await writeFile(join(files, 'models.yaml'), MODELS)
  })
  afterAll(async () => {
    await folder.remove()
    await rm(files, { recursive: true })
  })

  const COLUMNS = ['--time', 'day+hour', '--target', 'count', '--ignore', 'leak']
  const start = (file: string, ...more: string[]) =>
    nowcast([
      'start',
      folder.path,
      '--data',
      join(files, file),
      '--models',
      join(files, 'models.yaml'),
      ...COLUMNS,
      '--port',
      '0',
      '--json',
      '--speed',
      'max',
      ...more,
    ])
  const summaryOf = (stdout: string) =>
    stdout
      .trim()
      .split('\n')
      .map((line) => factShape.parse(JSON.parse(line)))
      .find(({ fact }) => fact === 'summary')

  it('is predicted row by row in its own time by the models of a file, and summed up', async () => {
    const { code, stdout, stderr } = await start('hours.csv', '--fresh')
    expect([code, stderr]).toEqual([0, ''])
    expect(summaryOf(stdout)).toMatchObject({ rows: 60, complete: 60, scored: 48, unscored: 12 })
    const [model] = z
      .object({ models: z.array(z.looseObject({ meanSquaredError: z.number() })) })
      .parse(summaryOf(stdout)).models
    // A line without noise: what the ridge's shrinkage leaves of it.
    expect(model).toMatchObject({ series: 'mltest', model: 'last-day', late: 0 })
    expect(model?.meanSquaredError).toBeLessThan(0.1)
  }, 60_000)

  it('that breaks off stops the run with the place, leaving nothing running', async () => {
    const lines = hours(160).split('\n')
    await writeFile(join(files, 'broken.csv'), lines.toSpliced(150, 1, '"2011-01-02').join('\n'))
    const { code, stderr } = await start('broken.csv', '--fresh')
    expect([code, stderr]).toEqual([1, expect.stringContaining('the replay broke off')])
    expect(stderr).toMatch(/broken\.csv:\d+: /)
    const again = await start('hours.csv', '--fresh')
    expect([again.code, again.stderr]).toEqual([0, ''])
  }, 60_000)

  it('is the same each time, bit for bit', async () => {
    const one = summaryOf((await start('hours.csv', '--fresh')).stdout)
    const other = summaryOf((await start('hours.csv', '--fresh')).stdout)
    expect(other).toMatchObject({ digests: one?.['digests'] })
  }, 60_000)

  it('is not mixed with another one in a state folder', async () => {
    await start('other.csv', '--fresh')
    const { code, stderr } = await start('hours.csv')
    expect(code).toBe(1)
    expect(stderr).toMatch(/is the state of the replay of .*other\.csv.*: add --fresh/)
  }, 60_000)

  it.each([
    ['a column that is not there', ['--target', 'cuont'], /--data: .*cuont.*count/],
    ['a file that is not there', ['--data', 'no.csv'], /--data: .*no\.csv/],
    ['models that are not there', ['--models', 'no.yaml'], /--models: .*no\.yaml/],
  ])('is refused with a way out: %s', async (_, more, message) => {
    const { code, stderr } = await start('hours.csv', ...more)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  it('is needed for the options that say how it is read', async () => {
    const { code, stderr } = await nowcast(['start', folder.path, '--target', 'count'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/--target says how --data is read: name a CSV file with --data/)
  })
})
