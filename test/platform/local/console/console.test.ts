import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { Database } from '../../../../functions/lib/connect.ts'
import { score, service, source, startConsoleServer } from '../../../support/console-server.ts'
import type { ConsoleServer } from '../../../support/console-server.ts'
import { at } from '../../../support/workbench.ts'

let server: ConsoleServer
beforeEach(async () => {
  server = await startConsoleServer()
})
afterEach(() => server.close())

async function json(path: string): Promise<unknown> {
  const response = await fetch(`${server.url}${path}`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/json')
  return response.json()
}

describe('the console page', () => {
  it.each([
    ['/', 'text/html; charset=utf-8'],
    ['/assets/console.js', 'text/javascript; charset=utf-8'],
    ['/assets/uplot.js', 'text/javascript; charset=utf-8'],
    ['/assets/console.css', 'text/css; charset=utf-8'],
    ['/assets/uplot.css', 'text/css; charset=utf-8'],
    ['/assets/icon.svg', 'image/svg+xml'],
  ])('serves %s, and says 304 to who has it', async (path, contentType) => {
    const response = await fetch(`${server.url}${path}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(contentType)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    const etag = response.headers.get('etag') ?? ''
    const again = await fetch(`${server.url}${path}`, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
  })

  it('names only files that are served, and runs no script of its own lines', async () => {
    const page = await (await fetch(server.url)).text()
    const named = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path)
    expect(named.length).toBeGreaterThan(3)
    for (const path of named) expect((await fetch(`${server.url}${path}`)).status).toBe(200)
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/)
  })

  it('imports only modules that are served', async () => {
    const modules = ['/assets/console.js', '/assets/charts.js', '/assets/panels.js']
    for (const path of modules) {
      const script = await (await fetch(`${server.url}${path}`)).text()
      for (const [, name] of script.matchAll(/from '\.\/([^']+)'/g)) {
        expect((await fetch(`${server.url}/assets/${name}`)).status).toBe(200)
      }
    }
  })
})

describe('the console', () => {
  it.each([
    ['GET', '/nope', 404],
    ['GET', '/assets/../console.ts', 404],
    ['GET', '/assets/..%2fconsole.ts', 404],
    ['GET', '//elsewhere/api/status', 404],
    ['GET', '/api/topics/nope/records', 404],
    ['GET', '/api/topics/mltest/records?last=-1', 400],
    ['GET', '/api/topics/mltest/records?last=10001', 400],
    ['GET', '/api/topics/mltest/stream?last=x', 400],
    ['GET', '/api/dead?last=201', 400],
    ['POST', '/api/status', 405],
    ['DELETE', '/', 405],
  ])('answers %s %s with %i and a reason', async (method, path, status) => {
    const response = await fetch(`${server.url}${path}`, { method })
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(await response.json()).toMatchObject({ status, detail: expect.any(String) })
  })

  it('names the topics there are when one is not', async () => {
    const response = await fetch(`${server.url}/api/topics/nope/records`)
    expect(await response.json()).toMatchObject({
      detail: 'there is no topic "nope"; there are mltest, mlscore',
    })
  })

  it('tells the status of everything', async () => {
    server.services = [service('persist')]
    server.sources = [source('train', { next: Date.parse(at(60)) })]
    await storeRows(server.database)
    const register = (minute: number) =>
      server.database.models.register({
        name: 'ridgecv',
        trigger: `tick:${minute}`,
        description: '',
        score: 0.99,
        trainedThrough: at(minute * 60),
        body: '{}',
      })
    for (let minute = 0; minute < 25; minute++) await register(minute)

    expect(await json('/api/status')).toMatchObject({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      speed: 20,
      services: [{ name: 'persist', state: 'ready' }],
      sources: [{ name: 'train', next: at(60) }],
      topics: [{ topic: 'mltest' }, { topic: 'mlscore' }],
      models: [
        {
          name: 'ridgecv',
          versions: 25,
          newest: { version: 24, score: 0.99, trainedThrough: at(24 * 60) },
          list: Array.from({ length: 20 }, (_, index) => ({ version: 24 - index })),
        },
      ],
      series: [
        {
          series: 's',
          newest: at(2),
          rows: 3,
          features: 1,
          scored: 2,
          unscored: 1,
          perModel: [{ model: 'm', mse30: 5, lastError: 3 }],
        },
      ],
      deadLetters: { count: 0, more: false, newest: [] },
      why: null,
    })
  })

  it('lists models and dead letters, an event as JSON where it is JSON', async () => {
    const letter = {
      source: '/s',
      type: 't',
      rowTimestamp: '',
      destination: 'persist',
      code: '422',
      reason: 'no timestamp',
      headers: {},
    }
    const data = { a: Buffer.from('{"x":1}'), b: Buffer.from([255]), c: Buffer.alloc(70_000) }
    for (const [eventId, bytes] of Object.entries(data)) {
      await server.database.deadLetters.put([{ ...letter, eventId, data: bytes }])
    }
    expect(await json('/api/models')).toEqual([])
    const letters = await json('/api/dead')
    expect(letters).toHaveLength(3)
    expect(letters).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ eventId: 'a', bytes: 7, data: { x: 1 } }),
        expect.objectContaining({ eventId: 'b', bytes: 1, data_base64: '/w==' }),
        expect.objectContaining({ eventId: 'c', bytes: 70_000 }),
      ]),
    )
    expect(await (await fetch(`${server.url}/api/dead`)).text()).not.toContain('AAAAAAAA')
    expect(await json('/api/status')).toMatchObject({
      deadLetters: { count: 3, more: false, newest: [{ reason: 'no timestamp' }, {}, {}] },
    })
  })

  it('gives the newest records of a topic as CloudEvents', async () => {
    await server.log.append([
      {
        topic: 'mlscore',
        key: Buffer.from('k'),
        headers: { ce_specversion: '1.0', ce_id: '1', ce_source: '/s', ce_type: 't' },
        value: Buffer.from('{"rows":[]}'),
      },
    ])
    expect(await json('/api/topics/mlscore/records?last=5')).toMatchObject([
      { id: '1', type: 't', recordkey: 'k', knativekafkaoffset: 0, data: { rows: [] } },
    ])
  })

  it('says that a folder without a database has no models', async () => {
    const bare = await startConsoleServer({ withStores: false })
    try {
      const response = await fetch(`${bare.url}/api/models`)
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({
        detail: 'this folder declares no database, so nothing is stored',
      })
      expect(await (await fetch(`${bare.url}/api/status`)).json()).toMatchObject({
        series: [],
        why: expect.stringContaining('no database'),
      })
    } finally {
      await bare.close()
    }
  })
})

async function storeRows({ rows, scores }: Database): Promise<void> {
  await rows.merge(
    [0, 1, 2].map((second) => ({
      series: 's',
      timestamp: at(second),
      features: { a: second },
      target: second,
    })),
  )
  await scores.put([score(at(0), 1), score(at(1), 3)])
}
