import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { listen } from '../../../functions/lib/edge.ts'
import type { Listening } from '../../../functions/lib/edge.ts'
import { RejectedError, RetryableError } from '../../../functions/lib/errors.ts'
import type { IncomingEvent } from '../../../functions/lib/events.ts'
import { json } from '../../../functions/lib/ports/web.ts'
import type { WebRequest } from '../../../functions/lib/ports/web.ts'
import { eventually } from '../../support/eventually.ts'
import { plainRequest } from '../../support/plain-request.ts'

let listening: Listening
let url: string
let seen: IncomingEvent[]
let facts: { level: string; fact: string; details: Readonly<Record<string, unknown>> }[]
let handle: (event: IncomingEvent) => Promise<void>
let closed: boolean

beforeEach(async () => {
  seen = []
  facts = []
  closed = false
  handle = async () => {}
  const served = {
    port: 0,
    host: '127.0.0.1',
    onEvent: (event: IncomingEvent) => {
      seen.push(event)
      return handle(event)
    },
    routes: [
      ({ path, query, body }: WebRequest) =>
        path === '/echo'
          ? Promise.resolve(json(200, { query, body: Buffer.from(body).toString() }))
          : undefined,
    ],
    close: async () => {
      closed = true
    },
  }
  listening = await listen('edge-test', served, (level, fact, details = {}) => {
    facts.push({ level, fact, details })
  })
  const address = listening.server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
})
afterEach(async () => {
  listening.server.closeAllConnections()
  await listening.drained()
})

const attributes = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' }

function post(headers: Record<string, string>, body?: string | Uint8Array): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers,
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  })
}

describe('the edge reads', () => {
  it.each([
    ['JSON', 'application/json', '{"a":1}', { a: 1 }],
    ['JSON with a charset', 'application/json; charset=utf-8', '{"a":1}', { a: 1 }],
    ['JSON of a vendor', 'application/vnd.x+json', '[1]', [1]],
    ['a JSON primitive', 'application/json', '5', 5],
    ['text as bytes', 'text/plain', 'hello', Buffer.from('hello')],
    ['bytes', 'application/octet-stream', 'hello', Buffer.from('hello')],
    ['a body without a type as bytes', '', 'hello', Buffer.from('hello')],
    ['no body', 'application/json', undefined, undefined],
    ['nothing at all', '', undefined, undefined],
  ])('binary mode with %s', async (_name, type, body, data) => {
    const headers = type === '' ? attributes : { ...attributes, 'content-type': type }
    const response = await post(headers, body)
    expect(response.status).toBe(204)
    expect(seen).toEqual([
      {
        id: '1',
        source: '/s',
        type: 't',
        subject: undefined,
        time: undefined,
        extensions: {},
        data,
      },
    ])
  })

  it('attributes and extensions, percent-decoded', async () => {
    await post({
      ...attributes,
      'ce-subject': 'caf%C3%A9 %22x%22',
      'ce-partitionkey': '100%25',
      'ce-time': '2026-01-01T00:00:00Z',
    })
    expect(seen[0]).toMatchObject({
      subject: 'café "x"',
      time: '2026-01-01T00:00:00Z',
      extensions: { partitionkey: '100%' },
    })
  })

  it('structured mode, with JSON data and with base64 data', async () => {
    const event = {
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 't',
      subject: 'x',
      knativekafkaoffset: 5,
    }
    const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' }
    await post(headers, JSON.stringify({ ...event, data: { a: 1 } }))
    await post(headers, JSON.stringify({ ...event, data_base64: 'AP8=' }))
    expect(seen).toMatchObject([
      { data: { a: 1 }, extensions: { knativekafkaoffset: '5' } },
      { data: Buffer.from([0, 255]) },
    ])
  })
})

describe('the edge refuses, and says why', () => {
  it.each([
    [
      'malformed JSON',
      { ...attributes, 'content-type': 'application/json' },
      '{"a":',
      400,
      'malformed-json',
    ],
    [
      'NaN',
      { ...attributes, 'content-type': 'application/json' },
      '{"a":NaN}',
      400,
      'malformed-json',
    ],
    ['no CloudEvent', { 'content-type': 'application/json' }, '{}', 400, 'not-a-cloudevent'],
    ['another version', { ...attributes, 'ce-specversion': '0.3' }, '{}', 400, 'not-a-cloudevent'],
    ['an unreadable time', { ...attributes, 'ce-time': 'noon' }, '{}', 400, 'not-a-cloudevent'],
    [
      'a structured event that is no object',
      { 'content-type': 'application/cloudevents+json' },
      '[]',
      400,
      'not-a-cloudevent',
    ],
    [
      'a batch',
      { 'content-type': 'application/cloudevents-batch+json' },
      '[]',
      400,
      'batch-unsupported',
    ],
    [
      'a body of 5 MB',
      { ...attributes, 'content-type': 'application/json' },
      'x'.repeat(5_000_000),
      413,
      'too-large',
    ],
  ])('%s', async (_name, headers: Record<string, string>, body, status, code) => {
    const response = await post(headers, body)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(await response.json()).toMatchObject({ status, code, detail: expect.any(String) })
    expect(seen).toEqual([])
  })

  it('a body of 5 MB that does not say its length', async () => {
    const chunk = Buffer.alloc(1_000_000)
    const body = new ReadableStream({
      start(controller) {
        for (let index = 0; index < 5; index += 1) controller.enqueue(chunk)
        controller.close()
      },
    })
    const response = await fetch(url, { method: 'POST', headers: attributes, body, duplex: 'half' })
    expect(response.status).toBe(413)
  })

  it('other paths and methods, also odd ones', async () => {
    const odd = await plainRequest(Number(new URL(url).port), { path: '/%E0%A4%A', method: 'POST' })
    expect([odd.status, odd.headers['content-type']]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
    ])
    expect(
      (await plainRequest(Number(new URL(url).port), { path: '//', method: 'POST' })).status,
    ).toBe(404)
    expect((await fetch(url)).status).toBe(404)
    expect((await fetch(`${url}nowhere`, { method: 'POST' })).status).toBe(404)
  })
})

describe('the edge answers', () => {
  it.each([
    [
      '422 for an event that will never work',
      new RejectedError('no-rows', 'no rows'),
      422,
      'no-rows',
      'no rows',
    ],
    [
      '503 for one to deliver again',
      new RetryableError('mongodb://user:secret@db is away'),
      503,
      'try-again',
      'what this function needs is away',
    ],
    [
      '500 for a fault of ours',
      new TypeError('x is undefined'),
      500,
      'internal',
      'the function failed; its log says why',
    ],
  ])('%s, quoting nothing inner', async (_name, error, status, code, detail) => {
    handle = () => Promise.reject(error)
    const response = await post(attributes)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code, detail })
  })

  it('422 when the same event has failed three times, and counts anew afterwards', async () => {
    handle = () => Promise.reject(new TypeError('a bug'))
    const statuses = []
    for (let index = 0; index < 4; index += 1) statuses.push((await post(attributes)).status)
    expect(statuses).toEqual([500, 500, 422, 500])
    expect((await post({ ...attributes, 'ce-id': 'another' })).status).toBe(500)
  })

  it('never 422 for what is to be retried, however often', async () => {
    handle = () => Promise.reject(new RetryableError('away'))
    const statuses = []
    for (let index = 0; index < 5; index += 1) statuses.push((await post(attributes)).status)
    expect(statuses).toEqual(Array(5).fill(503))
  })

  it('routes of its own before the stream', async () => {
    const response = await fetch(`${url}echo?x=1?y`, { method: 'POST', body: 'hello' })
    expect(await response.json()).toEqual({ query: 'x=1?y', body: 'hello' })
    expect(await (await fetch(`${url}echo`)).json()).toEqual({ query: '', body: '' })
  })

  it('whether it is ready', async () => {
    expect((await fetch(`${url}readyz`)).status).toBe(200)
  })
})

describe('the edge', () => {
  it('listens where it is told', () => {
    expect(listening.server.address()).toMatchObject({ address: '127.0.0.1' })
  })

  it('logs one fact an event, with its id, series and duration', async () => {
    await post({ ...attributes, 'ce-subject': 'my-series' })
    expect(facts).toEqual([
      {
        level: 'debug',
        fact: 'handled',
        details: {
          path: '/',
          id: '1',
          type: 't',
          series: 'my-series',
          milliseconds: expect.any(Number),
        },
      },
    ])
  })

  it('logs what an error says without the credentials in it', async () => {
    handle = () =>
      Promise.reject(
        new RetryableError('away', { cause: new Error('no mongodb://me:secret@db:1') }),
      )
    await post(attributes)
    expect(facts).toMatchObject([
      { fact: 'to be retried', details: { error: 'away: no mongodb://…@db:1' } },
    ])
  })

  it('says once that what an event needs is away, and once that it works again', async () => {
    for (const away of [true, true, true, false, false, true]) {
      handle = () => (away ? Promise.reject(new RetryableError('away')) : Promise.resolve())
      await post(attributes)
    }
    expect(facts.map(({ level, fact }) => `${level}: ${fact}`)).toEqual([
      'warn: to be retried',
      'debug: to be retried',
      'debug: to be retried',
      'info: works again',
      'debug: handled',
      'debug: handled',
      'warn: to be retried',
    ])
  })

  it('lets requests in flight finish when it stops, and takes no more', async () => {
    let finish = (): void => {}
    handle = () => new Promise((resolve) => void (finish = resolve))
    const pending = post(attributes)
    await eventually(() => seen.length === 1)
    const drained = listening.drained()
    expect(closed).toBe(false)
    await expect(fetch(`${url}readyz`)).rejects.toThrow()
    finish()
    expect((await pending).status).toBe(204)
    await drained
    expect(closed).toBe(true)
  })

  it('outlives a caller who goes away in the middle of a body', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nce-id: 1\r\n\r\nhalf')
    socket.destroy()
    expect((await post(attributes)).status).toBe(204)
  })
})
