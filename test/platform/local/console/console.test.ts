import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import type { Database } from '../../../../functions/lib/connect.ts'
import { score, service, source, startConsoleServer } from '../../../support/console-server.ts'
import type { ConsoleServer } from '../../../support/console-server.ts'
import { eventLetter, rowLetter } from '../../../support/letter.ts'
import { plainRequest } from '../../../support/plain-request.ts'
import { startReceiver } from '../../../support/receiver.ts'
import type { Receiver } from '../../../support/receiver.ts'
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
    const modules = ['console', 'charts', 'panels', 'evaluation-panel', 'letter', 'connection']
    for (const name of modules) {
      const script = await (await fetch(`${server.url}/assets/${name}.js`)).text()
      for (const [, imported] of script.matchAll(/from '\.\/([^']+)'/g)) {
        expect((await fetch(`${server.url}/assets/${imported}`)).status).toBe(200)
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
    ['GET', '/api/dead/none', 404],
    ['GET', '/api/dead?after=none', 404],
    ['GET', '/api/dead/none/redrive', 405],
    ['POST', '/api/dead/none', 405],
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

  it('tells of a letter what its answer was, how often it was tried and how old it is', async () => {
    const status = (code: string) => ({
      headers: { ...eventLetter('').headers, 'ce-knativeerrorcode': code },
    })
    const letters = [
      eventLetter('http://x/', { eventId: 'refused' }),
      eventLetter('http://x/', { eventId: 'busy', ...status('503') }),
      eventLetter('http://x/', { eventId: 'unknown', ...status('404') }),
      eventLetter('http://x/', { eventId: 'silent', headers: {} }),
      eventLetter('http://x/', { eventId: 'faulty', code: 'handler-failed' }),
      rowLetter({ eventId: 'row' }),
    ]
    await server.database.deadLetters.put(letters)
    const told = z
      .array(z.looseObject({ eventId: z.string(), ageSeconds: z.number() }))
      .parse(await json('/api/dead'))
    const one = (eventId: string) => told.find((letter) => letter.eventId === eventId)
    expect(one('refused')).toMatchObject({ of: 'event', status: 422, attempts: 1 })
    expect(one('busy')).toMatchObject({ status: 503, attempts: null })
    expect(one('unknown')).toMatchObject({ status: 404, attempts: null })
    expect(one('silent')).toMatchObject({ status: null, attempts: null })
    expect(one('faulty')).toMatchObject({ status: 422, attempts: 3 })
    expect(one('row')).toMatchObject({ of: 'row', status: null, attempts: 1 })
    for (const { ageSeconds } of told) expect(ageSeconds).toBeGreaterThanOrEqual(0)
  })

  it('lists dead letters page by page, and gives one whole however large', async () => {
    const data = Buffer.from(JSON.stringify({ a: 'x'.repeat(70_000) }))
    await server.database.deadLetters.put(
      ['a', 'b', 'c'].map((eventId) => eventLetter('http://x/', { eventId, data })),
    )
    const page = async (query: string) => letterIds.parse(await json(`/api/dead?${query}`))
    const [first, second] = await page('last=2')
    const [third] = await page(`last=2&after=${second?.id}`)
    expect(new Set([first?.id, second?.id, third?.id]).size).toBe(3)
    expect(await json(`/api/dead/${third?.id}`)).toMatchObject({
      id: third?.id,
      data: { a: 'x'.repeat(70_000) },
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

describe('sending a dead letter again', () => {
  let receiver: Receiver
  let id: string
  beforeEach(async () => {
    receiver = await startReceiver()
    await server.database.deadLetters.put([eventLetter(receiver.url)])
    id = letterIds.parse(await json('/api/dead'))[0]?.id ?? ''
  })
  afterEach(() => receiver.close())

  const OWN = { 'content-type': 'application/json' }
  const post = (path: string, headers: Record<string, string>) =>
    plainRequest(server.port, { method: 'POST', path, host: 'localhost:8080', headers })

  it('sends and marks it, and says so in the status', async () => {
    const answer = await post(`/api/dead/${id}/redrive`, OWN)
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toEqual({
      id,
      outcome: 'redriven',
      detail: `was sent again: ${receiver.url} answered 204`,
    })
    expect(await json(`/api/dead/${id}`)).toMatchObject({ redriven: { times: 1 } })
    expect(await json('/api/status')).toMatchObject({
      deadLetters: { newest: [{ id, isRedriven: true }] },
    })
    expect(JSON.parse((await post(`/api/dead/${id}/redrive`, OWN)).text)).toMatchObject({
      outcome: 'already',
    })
    await post(`/api/dead/${id}/redrive?again`, OWN)
    expect(receiver.requests).toHaveLength(2)
  })

  it('only says what it would do in a dry run', async () => {
    const answer = await post(`/api/dead/${id}/redrive?dry-run`, OWN)
    expect(JSON.parse(answer.text)).toMatchObject({ outcome: 'would' })
    expect(receiver.requests).toEqual([])
  })

  it('knows which letters there are', async () => {
    const answer = await post('/api/dead/none/redrive', OWN)
    expect(answer.status).toBe(404)
    expect(JSON.parse(answer.text)).toMatchObject({ detail: 'there is no dead letter "none"' })
  })

  it.each([
    ['without a content type', {}, 403],
    ['as a form of any page may', { 'content-type': 'text/plain' }, 403],
    ['of another origin', { ...OWN, origin: 'http://evil.example' }, 403],
    ['of a Service of this machine', { ...OWN, origin: 'http://a.b.localhost:8080' }, 403],
    ['of another port', { ...OWN, origin: 'http://localhost:3000' }, 403],
    ['without an origin, of another site', { ...OWN, 'sec-fetch-site': 'cross-site' }, 403],
    ['of its own page', { ...OWN, origin: 'http://localhost:8080' }, 200],
    ['of its own page, as browsers say it', { ...OWN, 'sec-fetch-site': 'same-origin' }, 200],
    ['with a charset', { 'content-type': 'application/json; charset=utf-8' }, 200],
  ])('answers a request %s', async (_, headers, status) => {
    expect((await post(`/api/dead/${id}/redrive`, headers)).status).toBe(status)
    expect(receiver.requests).toHaveLength(status === 200 ? 1 : 0)
  })
})

const letterIds = z.array(z.looseObject({ id: z.string() }))

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
