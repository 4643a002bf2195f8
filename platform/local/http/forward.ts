import http from 'node:http'
import https from 'node:https'
import { finished } from 'node:stream'
import type { Readable } from 'node:stream'
import type { Answer, Exchange } from '../exchange.ts'
import type { Deadline } from './deadline.ts'
import { endToEnd } from './headers.ts'

/** Where requests go, over connections that are kept. */
export interface Target {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** Of the scheme's own kind. */
  readonly agent: http.Agent
}

/** Nobody listened: no byte of the request has left, it may be sent again as it is. */
export class NotSentError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NotSentError'
  }
}

/** The connection ended before an answer began: the request may or may not have had its effect. */
export class CutError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CutError'
  }
}

export interface Way {
  readonly target: Target
  /** The Host header of an exchange that has none. */
  readonly host: string
  /** When the exchange must end; stands for its signal. */
  readonly deadline: Deadline
  /** Called once the answer has been read to its end, destroyed, or cut by the target. */
  readonly onClose: (end: 'done' | 'cut') => void
}

/**
 * Sends one exchange to a target, both bodies streaming, without the headers of the connection it came by.
 *
 * Rejects with `NotSentError`, `CutError` or the deadline's reason; once the answer has begun, a cut or the deadline
 * ends its body with an error.
 */
export function forward(exchange: Exchange, way: Way): Promise<Answer> {
  const { target, deadline } = way
  if (deadline.reason !== undefined) return Promise.reject(deadline.reason)
  return new Promise((resolve, reject) => {
    const { request: start } = target.scheme === 'http' ? http : https
    const request = start({
      host: target.host,
      port: target.port,
      method: exchange.method,
      path: exchange.path,
      headers: requestHeaders(exchange, way.host),
      agent: target.agent,
    })
    deadline.tell((reason) => request.destroy(reason))
    request.once('response', (response) => {
      let end: 'done' | 'cut' = 'done'
      // Whoever reads the answer is told as well; one that nobody reads must not end the platform by its error.
      response.on('error', ({ code }: NodeJS.ErrnoException) => {
        if (code === 'ECONNRESET' && deadline.reason === undefined) end = 'cut'
      })
      response.once('close', () => {
        // Answered before it had all of the request: what is left of that has nowhere to go.
        if (!request.writableFinished) request.destroy()
        way.onClose(end)
      })
      resolve({ status: response.statusCode ?? 502, headers: response.headers, body: response })
    })
    // Stays for the request's whole life: a late error, after the answer, has nobody else to tell and changes nothing.
    request.on('error', (error: NodeJS.ErrnoException) =>
      reject(deadline.reason ?? named(error, target)),
    )
    sendBody(exchange.body, request)
  })
}

function sendBody(body: Uint8Array | Readable, request: http.ClientRequest): void {
  if (body instanceof Uint8Array) {
    request.end(body)
    return
  }
  // A stream is read only once somebody listens: until then it can be sent to another connection.
  request.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', () => stream(body, request))
    else stream(body, request)
  })
}

function stream(body: Readable, request: http.ClientRequest): void {
  finished(body, { writable: false }, (cause) => {
    if (cause) request.destroy(new Error('the request ended early', { cause }))
  })
  // A server may answer before the body has come: it must at least know that there is a request.
  if (body.readableLength === 0) request.flushHeaders()
  body.pipe(request)
}

function requestHeaders(exchange: Exchange, host: string) {
  const headers = endToEnd(exchange.headers)
  // The server at the rim has answered `100 Continue` already.
  delete headers['expect']
  headers['host'] ??= host
  if (exchange.body instanceof Uint8Array) {
    if (exchange.body.byteLength > 0 || !WITHOUT_BODY.has(exchange.method)) {
      headers['content-length'] = String(exchange.body.byteLength)
    }
  } else if (headers['content-length'] === undefined) {
    // Said aloud because Node frames the body of a GET or DELETE in no way by itself.
    headers['transfer-encoding'] = 'chunked'
  }
  return headers
}

const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])

function named(cause: NodeJS.ErrnoException, { host, port }: Target): Error {
  return cause.syscall === 'connect' || cause.syscall === 'getaddrinfo'
    ? new NotSentError(`nobody answers at ${host}:${port} (${cause.code})`, { cause })
    : new CutError(`${host}:${port} ended the connection without an answer (${cause.message})`, {
        cause,
      })
}
