import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { readConfig, readLogLevel } from '../../../functions/lib/config.ts'
import { connectDatabase, connectEvents } from '../../../functions/lib/connect.ts'
import { readDeclaredModels } from '../../../functions/lib/declared-models.ts'
import { startLog } from '../../../functions/lib/log.ts'

describe('readConfig', () => {
  it('reads the named settings and the port', () => {
    const env = { EVENTS_URL: 'http://x/ns', PORT: '9000', OTHER: 'y' }
    const { port, settings } = readConfig(env, 'EVENTS_URL')
    expect([port, settings.EVENTS_URL]).toEqual([9_000, 'http://x/ns'])
    expect(readConfig({}).port).toBe(8_080)
  })

  it('names everything missing at once', () => {
    expect(() =>
      readConfig({ MODELS_FILE: 'm', EVENTS_URL: '' }, 'DATABASE_URL', 'EVENTS_URL', 'MODELS_FILE'),
    ).toThrow('set DATABASE_URL and EVENTS_URL')
  })

  it('refuses a port that is none', () => {
    expect(() => readConfig({ PORT: 'http' })).toThrow('PORT is "http"')
  })
})

describe('LOG_LEVEL', () => {
  it.each(['debug', 'info', 'warn', 'error'] as const)(
    '%s is the least that is logged',
    (level) => {
      const lines: string[] = []
      const log = startLog('f', readLogLevel({ LOG_LEVEL: level }), (line) => lines.push(line))
      for (const each of ['debug', 'info', 'warn', 'error'] as const) log(each, 'a fact')
      expect(lines[0]).toBe(`{"level":"${level}","function":"f","fact":"a fact"}\n`)
      expect(lines.at(-1)).toContain('"error"')
    },
  )

  it('is info when it is not set, and refused when it is none', () => {
    expect(readLogLevel({})).toBe('info')
    expect(() => readLogLevel({ LOG_LEVEL: 'all' })).toThrow('LOG_LEVEL is "all"')
  })
})

describe('an address of an unknown kind', () => {
  it.each([
    [
      'EVENTS_URL',
      async (url: string) => connectEvents(url, { functionName: 'f', log: () => undefined }),
    ],
    ['DATABASE_URL', (url: string) => connectDatabase(url)],
  ])('in %s is an error that quotes no password', async (name, connect) => {
    await expect(connect('redis://user:secret@host')).rejects.toThrow(`${name} is "redis:…"`)
    await expect(connect('secret')).rejects.toThrow(`${name} is "…"`)
  })
})

describe('readDeclaredModels', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nowcast-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function read(yaml: string): Promise<unknown> {
    const path = join(folder, 'models.yaml')
    await writeFile(path, yaml)
    return readDeclaredModels(path)
  }

  it('reads a declaration with its defaults', async () => {
    expect(await read('- {name: ridgecv, algorithm: ridgecv, window: PT5M}')).toEqual([
      {
        name: 'ridgecv',
        season: null,
        triggers: { tick: true, drift: true, every: null },
        series: 'mltest',
        algorithm: 'ridgecv',
        window: { kind: 'duration', milliseconds: 300_000 },
        minimumRows: 2,
        missing: 'refuse',
        cadence: 1_000,
        grace: 30_000,
      },
    ])
  })

  it('reads a window in rows, and a grace of 30 cadences where none is said', async () => {
    expect(await read('- {name: m, algorithm: ridgecv, window: 500, cadence: PT1H}')).toMatchObject(
      [{ window: { kind: 'rows', rows: 500 }, grace: 30 * 3_600_000 }],
    )
  })

  it.each([
    ['a typo', '- {name: m, algorithm: ridgecv, window: PT5M, gracee: PT1S}', 'gracee'],
    ['no window', '- {name: m, algorithm: ridgecv}', '0.window'],
    ['a wrong duration', '- {name: m, algorithm: ridgecv, window: 5m}', '0.window'],
    ['an unknown algorithm', '- {name: m, algorithm: lstm, window: 5}', '0.algorithm'],
    ['a name that is none', '- {name: a.b, algorithm: ridgecv, window: 5}', '0.name'],
    ['the name champion', '- {name: champion, algorithm: ridgecv, window: 5}', 'REST interface'],
    [
      'one name twice',
      '- {name: m, algorithm: ridgecv, window: 5}\n- {name: m, algorithm: ridgecv, window: 6}',
      'two models have the same name',
    ],
    ['no list', 'name: m', 'the list'],
  ])('refuses %s, naming the place', async (_name, yaml, place) => {
    await expect(read(yaml)).rejects.toThrow(place)
  })
})
