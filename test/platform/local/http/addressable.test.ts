import { once } from 'node:events'
import http from 'node:http'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { httpAddressable } from '../../../../platform/local/http/addressable.ts'
import { NotSentError } from '../../../../platform/local/http/forward.ts'
import { ask } from '../../../support/ask.ts'

let server: http.Server
let port: number

beforeEach(async () => {
  server = http.createServer((request, response) => {
    if (request.url === '/cut') request.socket.destroy()
    else response.end(`${request.method} ${request.headers.host} ${request.url}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

it.each([
  ['', '/', '/'],
  ['/', '/', '/'],
  ['/a/b', '/', '/a/b'],
  ['/a/b?c=d', '/', '/a/b?c=d'],
  ['/a/b', '/dead', '/a/b/dead'],
  ['/a/', '/dead', '/a/dead'],
  ['', '/dead?x=1', '/dead?x=1'],
])('%s with the path %s is %s, under its own host', async (base, path, asked) => {
  const sink = httpAddressable(`http://127.0.0.1:${port}${base}`)
  const answer = await ask(sink, path, { headers: { host: 'somebody.else' } })
  expect(answer.text).toBe(`GET 127.0.0.1:${port} ${asked}`)
  sink.close()
})

it('rejects when nobody listens', async () => {
  const sink = httpAddressable('http://127.0.0.1:1/')
  await expect(ask(sink, '/')).rejects.toThrow(NotSentError)
  await expect(ask(sink, '/')).rejects.toThrow('nobody answers at 127.0.0.1:1 (ECONNREFUSED)')
})

it('rejects when the connection is cut before an answer', async () => {
  const sink = httpAddressable(`http://127.0.0.1:${port}`)
  await expect(ask(sink, '/cut')).rejects.toThrow('ended the connection without an answer')
})

it('rejects with the reason of its signal', async () => {
  const sink = httpAddressable(`http://127.0.0.1:${port}`)
  const gone = AbortSignal.abort(new Error('gone'))
  await expect(ask(sink, '/', { signal: gone })).rejects.toThrow('gone')
})

it.each(['not a url', 'ftp://host/', ''])('refuses "%s"', (text) => {
  expect(() => httpAddressable(text)).toThrow(
    `"${text}" is no address to send events to: write http://… or https://…`,
  )
})
