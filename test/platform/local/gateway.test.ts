import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Addressable, Exchange } from '../../../platform/local/exchange.ts'
import { startGateway, startIngress } from '../../../platform/local/gateway.ts'
import type { Gateway } from '../../../platform/local/gateway.ts'
import { textAnswer } from '../../../platform/local/http/text-answer.ts'
import { eventually } from '../../support/eventually.ts'
import { plainRequest } from '../../support/plain-request.ts'

let gateway: Gateway
let predict: Addressable['send']

beforeEach(async () => {
  predict = async ({ method, path, body }) =>
    textAnswer(200, `predict ${method} ${path} ${await read(body)}`)
  gateway = await startGateway({
    port: 0,
    routes: {
      service: (namespace, name) =>
        namespace === 'nowcast' && name === 'predict' ? service : undefined,
      ingress: () => ingress,
      console: (request, response) => response.end(`console ${request.url}`),
      hosts: () => [`predict.nowcast.localhost:${gateway.port}`],
    },
  })
})

afterEach(() => gateway.close())

const service: Addressable = {
  url: 'http://predict.nowcast.svc.cluster.local',
  send: (exchange) => predict(exchange),
}

const ingress: Addressable = {
  url: 'http://kafka-sink-ingress.knative-eventing.svc.cluster.local',
  send: async ({ path }) => textAnswer(202, `ingress ${path}`),
}

describe('a web page', () => {
  it.each([
    ['https://evil.example.com', 403],
    ['http://localhost.evil.example.com', 403],
    ['null', 403],
    ['http://localhost:8080', 200],
    ['http://127.0.0.1:8080', 200],
    ['http://predict.nowcast.localhost:8080', 200],
  ])('of %s that posts to a Service is answered %d', async (origin, status) => {
    const host = 'predict.nowcast.localhost'
    const answer = await plainRequest(gateway.port, { host, method: 'POST', headers: { origin } })
    expect(answer.status).toBe(status)
  })
})

describe('routes', () => {
  it.each([
    ['localhost', 'console /x'],
    ['localhost:8080', 'console /x'],
    ['127.0.0.1:8080', 'console /x'],
    ['[::1]:8080', 'console /x'],
    ['LOCALHOST.', 'console /x'],
    ['predict.nowcast.localhost', 'predict GET /x '],
    ['predict.nowcast.localhost:8080', 'predict GET /x '],
    ['Predict.Nowcast.Localhost', 'predict GET /x '],
    ['predict.nowcast.svc.cluster.local', 'predict GET /x '],
    ['predict.nowcast.svc', 'predict GET /x '],
    ['predict.nowcast', 'predict GET /x '],
    ['kafka-sink-ingress.knative-eventing.localhost:8080', 'ingress /x'],
    ['kafka-sink-ingress.knative-eventing.svc.cluster.local', 'ingress /x'],
  ])('%s to %s', async (host, served) => {
    expect((await plainRequest(gateway.port, { host, path: '/x' })).text).toBe(served)
  })

  it.each([
    'evil.example.com',
    'localhost.evil.example.com',
    'predict.nowcast.evil.com',
    'predict.localhost',
    'predict.other.localhost',
    'a.predict.nowcast.localhost',
    '127.0.0.2',
    '0.0.0.0',
    '[::2]:8080',
  ])('nothing to %s, and says what it serves', async (host) => {
    const { status, text: sentence } = await plainRequest(gateway.port, { host })
    expect(status).toBe(404)
    expect(sentence).toBe(
      `nothing is served for host "${host.replace(/:8080$/, '')}"; this gateway serves localhost (the console), predict.nowcast.localhost:${gateway.port}\n`,
    )
  })
})

describe('an exchange', () => {
  it('carries a body of known length', async () => {
    const { text: served } = await plainRequest(
      gateway.port,
      { host: 'predict.nowcast', path: '/p?q=1', headers: { 'content-length': 4 } },
      'body',
    )
    expect(served).toBe('predict POST /p?q=1 body')
  })

  it('carries a body in chunks', async () => {
    const body = Readable.from([Buffer.from('in '), Buffer.from('chunks')])
    const { text: served } = await plainRequest(
      gateway.port,
      { host: 'predict.nowcast', method: 'POST' },
      body,
    )
    expect(served).toBe('predict POST / in chunks')
  })

  it('begins before its body has come and its answer before it has gone', async () => {
    predict = async ({ body }) => ({
      status: 200,
      headers: {},
      body: body instanceof Uint8Array ? Readable.from([body]) : body,
    })
    const body = new PassThrough()
    body.write('first')
    const request = http.request({
      agent: false,
      port: gateway.port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { host: 'predict.nowcast' },
    })
    body.pipe(request)
    const response = await new Promise<http.IncomingMessage>((resolve) =>
      request.once('response', resolve),
    )
    expect(String((await once(response, 'data'))[0])).toBe('first')
    body.end('last')
    expect(await text(response)).toBe('last')
  })

  it('is told when its caller goes away', async () => {
    const seen: AbortSignal[] = []
    predict = ({ signal }) => {
      seen.push(signal)
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('told')))
      })
    }
    const request = http.get({
      agent: false,
      port: gateway.port,
      host: '127.0.0.1',
      headers: { host: 'predict.nowcast' },
    })
    request.on('error', () => undefined)
    const signal = await eventually(() => seen[0])
    expect(signal.aborted).toBe(false)
    request.destroy()
    await eventually(() => signal.aborted)
  })

  it('is not told anything when it ended well', async () => {
    const seen: AbortSignal[] = []
    predict = async ({ signal }) => {
      seen.push(signal)
      return textAnswer(200, 'fine')
    }
    await plainRequest(gateway.port, { host: 'predict.nowcast' })
    await gateway.close()
    expect(seen.map(({ aborted }) => aborted)).toEqual([false])
  })

  it('without an answer is 502 with a sentence', async () => {
    predict = () => Promise.reject(new Error('nobody answers'))
    expect(await plainRequest(gateway.port, { host: 'predict.nowcast' })).toMatchObject({
      status: 502,
      text: 'http://predict.nowcast.svc.cluster.local gave no answer: nobody answers\n',
    })
  })

  it('cuts the caller when its answer is cut, and serves the next', async () => {
    const half = async function* () {
      yield 'half'
      throw new Error('cut')
    }
    predict = async () => ({ status: 200, headers: {}, body: Readable.from(half()) })
    await expect(plainRequest(gateway.port, { host: 'predict.nowcast' })).rejects.toThrow()
    expect((await plainRequest(gateway.port, { host: 'localhost' })).status).toBe(200)
  })

  it('cuts the caller when HTTP cannot carry its status', async () => {
    predict = async () => ({ ...textAnswer(200, ''), status: 42 })
    await expect(plainRequest(gateway.port, { host: 'predict.nowcast' })).rejects.toThrow()
  })

  it('that leaves its body unread does not block its connection', async () => {
    predict = async () => textAnswer(413, 'too large')
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const big = 'x'.repeat(5_000_000)
    for (const _ of [1, 2, 3]) {
      const { status } = await plainRequest(gateway.port, { host: 'predict.nowcast', agent }, big)
      expect(status).toBe(413)
    }
    agent.destroy()
  })
})

it('passes no header of a single connection on to the caller', async () => {
  predict = async () => ({
    ...textAnswer(200, ''),
    headers: { connection: 'x-own', 'x-own': '1', 'keep-alive': 'timeout=9', 'x-kept': '2' },
  })
  const { headers } = await plainRequest(gateway.port, { host: 'predict.nowcast' })
  expect(headers).toMatchObject({ 'x-kept': '2' })
  expect(headers).not.toHaveProperty('x-own')
  expect(headers['keep-alive']).not.toBe('timeout=9')
})

it('listens on loopback only, on ::1 too where there is one', async () => {
  expect((await plainRequest(gateway.port, { host: 'localhost' })).status).toBe(200)
  const six = await new Promise<string>((resolve) => {
    const socket = net.connect(gateway.port, '::1')
    socket.once('connect', () => resolve('connected'))
    socket.once('error', ({ message }) => resolve(message))
    socket.once('connect', () => socket.destroy())
  })
  expect(six).toMatch(/connected|EADDRNOTAVAIL|EAFNOSUPPORT/)
})

it('names the way out when its port is taken', async () => {
  const { port } = gateway
  const routes = {
    service: () => undefined,
    ingress: () => undefined,
    console: () => undefined,
    hosts: () => [],
  }
  await expect(startGateway({ port, routes })).rejects.toThrow(
    `port ${port} is taken by another program; stop it, or choose another port with --port`,
  )
})

it('closes in time although a caller holds on', async () => {
  const seen: Exchange[] = []
  predict = (exchange) => {
    seen.push(exchange)
    return new Promise(() => undefined)
  }
  const held = plainRequest(gateway.port, { host: 'predict.nowcast' })
  const cut = expect(held).rejects.toThrow()
  await eventually(() => seen.length > 0)
  const started = performance.now()
  await gateway.close()
  await cut
  expect(performance.now() - started).toBeLessThan(2_000)
})

describe('the ingress’s own port', () => {
  it('serves the ingress to this machine’s own names and to nobody else', async () => {
    const own = await startIngress(ingress)
    const ask = (host: string) => plainRequest(own.port, { host, path: '/nowcast/mltest' })
    expect(await ask(`127.0.0.1:${own.port}`)).toMatchObject({
      status: 202,
      text: 'ingress /nowcast/mltest',
    })
    expect((await ask('evil.example.com')).status).toBe(404)
    await own.close()
  })
})

async function read(body: Exchange['body']): Promise<string> {
  return body instanceof Uint8Array ? Buffer.from(body).toString() : text(body)
}
