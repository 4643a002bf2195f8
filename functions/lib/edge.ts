import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { http } from '@google-cloud/functions-framework'
import { getTestServer } from '@google-cloud/functions-framework/testing'

import { readLogLevel } from './config.ts'
import {
  attributesOf,
  headersOf,
  MAX_BODY_BYTES,
  readBody,
  readCloudEvent,
} from './edge-request.ts'
import { RejectedError, RetryableError } from './errors.ts'
import type { IncomingEvent } from './events.ts'
import { describeError, startLog } from './log.ts'
import type { Log } from './ports/log.ts'
import { problem } from './ports/web.ts'
import type { WebAnswer, WebRequest, WebRoute } from './ports/web.ts'

/** A function, wired. */
export interface Served {
  /** Where to listen; 0 takes a free port. */
  readonly port: number
  /** The address to listen on; undefined is every one. */
  readonly host?: string | undefined
  /** Handles an event of the stream: returns once its effects are durable, or throws what `lib/errors.ts` names. */
  readonly onEvent: (event: IncomingEvent) => Promise<void>
  /** Other paths, asked in order. */
  readonly routes?: readonly WebRoute[]
  /** Called once the last request is answered. */
  close(): Promise<void>
}

/** How often a handler's own failure is retried before the event counts as poison. */
const TRIES = 3
const REMEMBERED_FAILURES = 1_000
const REMEMBERED_KINDS = 100

/**
 * Runs a function: CloudEvents POSTed to `/` go to `onEvent`, other paths to `routes`, GET `/readyz` says whether
 * requests are welcome.
 *
 * An event is answered 204 once handled, 422 when it was rejected, 503 when it should come again, 500 for a fault of
 * ours, and 422 when the same event has met such a fault three times; 400 for what is no CloudEvent, 413 for a body
 * over 4 MiB. A caller reads why it was refused, but no inner message. SIGTERM lets requests in flight finish.
 *
 * A function that cannot start says why in one line and ends the process with status 1.
 */
export async function serve(name: string, start: (log: Log) => Promise<Served>): Promise<void> {
  let log = startLog(name, 'info')
  try {
    log = startLog(name, readLogLevel(process.env))
    const served = await start(log)
    const listening = await listen(name, served, log)
    process.once('SIGTERM', () => {
      void listening.drained().then(
        () => process.exit(0),
        (error: unknown) => {
          log('error', 'not stopped cleanly', { error: describeError(error) })
          process.exit(1)
        },
      )
    })
    log('info', 'listening', { address: listening.server.address() })
  } catch (error) {
    log('error', 'cannot start', { error: describeError(error) })
    process.exit(1)
  }
}

/** A function's server, listening, and how to let it finish what it has begun. */
export interface Listening {
  readonly server: Server
  drained(): Promise<void>
}

/** Starts a function's HTTP server in this process; `serve` without signals and exits. */
export async function listen(name: string, served: Served, log: Log): Promise<Listening> {
  const bodies = new WeakMap<IncomingMessage, Buffer>()
  const failures = new Map<string, number>()
  let draining = false
  // The kinds of event whose last one met something that is away: said once, and once when it is back.
  const waiting = new Set<string>()

  http(name, async (request, response) => {
    const body = bodies.get(request) ?? Buffer.alloc(0)
    send(response, await answer(request, body), draining)
  })
  const server = getTestServer(name)
  const framework = server.listeners('request')
  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void front(request, response)
  })
  server.keepAliveTimeout = 60_000

  // Our parsing stands before the framework's, which answers what it cannot parse itself, with a stack trace.
  async function front(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.method === 'GET' && request.url === '/readyz') {
        send(response, draining ? NOT_READY : READY, draining)
        return
      }
      const body = await readBody(request)
      if (body === undefined) {
        log('warn', 'body too large', { path: request.url })
        send(response, TOO_LARGE, true)
        return
      }
      if (!isDecodable(request.url ?? '/')) {
        send(response, UNREADABLE_PATH, draining)
        return
      }
      bodies.set(request, body)
      for (const listener of framework) Reflect.apply(listener, server, [request, response])
    } catch (error) {
      log('warn', 'request cut off', { error: describeError(error) })
      response.destroy()
    }
  }

  async function answer(request: IncomingMessage, body: Buffer): Promise<WebAnswer | undefined> {
    const began = performance.now()
    const [, path = '/', query = ''] = /^([^?]*)\??(.*)$/.exec(request.url ?? '/') ?? []
    const headers = headersOf(request)
    const about: Record<string, unknown> = { path }
    try {
      const method = request.method ?? 'GET'
      const attributes = attributesOf(headers)
      if (attributes['id'] !== undefined) about['id'] = attributes['id']
      const routed = route({ method, path, query, headers, attributes, body })
      if (routed !== undefined) {
        const result = await routed
        if (waiting.delete(kindOf(about))) log('info', 'works again', about)
        about['status'] = result.status
        log('debug', 'answered', { ...about, milliseconds: since(began) })
        return result
      }
      if (path !== '/' || request.method !== 'POST') {
        return problem(
          404,
          'not-found',
          'Not found',
          `there is nothing at ${request.method} ${path}`,
        )
      }
      const event = readEvent(headers, body, about)
      await handled(event)
      if (waiting.delete(kindOf(about))) log('info', 'works again', about)
      log('debug', 'handled', { ...about, milliseconds: since(began) })
      return undefined
    } catch (error) {
      const { level, fact, answer: refusal } = outcome(error)
      const isKnown = error instanceof RetryableError && isRemembered(waiting, kindOf(about))
      log(isKnown ? 'debug' : level, fact, {
        ...about,
        milliseconds: since(began),
        error: describeError(error),
      })
      return refusal
    }
  }

  function route(request: WebRequest): Promise<WebAnswer> | undefined {
    for (const ask of served.routes ?? []) {
      const routed = ask(request)
      if (routed !== undefined) return routed
    }
    return undefined
  }

  async function handled(event: IncomingEvent): Promise<void> {
    const key = JSON.stringify([event.source, event.id])
    try {
      await served.onEvent(event)
      failures.delete(key)
    } catch (error) {
      if (error instanceof RejectedError || error instanceof RetryableError) throw error
      const tries = (failures.get(key) ?? 0) + 1
      failures.delete(key)
      if (tries >= TRIES) {
        throw new RejectedError(
          'handler-failed',
          `the function failed on this event ${TRIES} times; its log says why`,
          { cause: error },
        )
      }
      const oldest = failures.keys().next()
      if (failures.size >= REMEMBERED_FAILURES && !oldest.done) failures.delete(oldest.value)
      failures.set(key, tries)
      throw error
    }
  }

  server.listen(served.port, served.host)
  await once(server, 'listening')
  return {
    server,
    async drained() {
      draining = true
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      await closed
      await served.close()
    },
  }
}

function readEvent(
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  about: Record<string, unknown>,
): IncomingEvent {
  try {
    const event = readCloudEvent(headers, body)
    about['id'] = event.id
    about['type'] = event.type
    about['series'] = event.subject
    about['key'] = event.extensions['key']
    return event
  } catch (error) {
    if (error instanceof RejectedError) throw new UnreadableError(error)
    throw error
  }
}

function kindOf(about: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([about['path'], about['type'], about['key']])
}

/** Whether a set has a name already; from now on it has, and forgets the oldest when there are many. */
function isRemembered(names: Set<string>, name: string): boolean {
  if (names.has(name)) return true
  const [oldest] = names
  if (names.size >= REMEMBERED_KINDS && oldest !== undefined) names.delete(oldest)
  names.add(name)
  return false
}

/** What was sent is no CloudEvent: refused before any handler sees it. */
class UnreadableError extends Error {
  readonly code: string

  constructor({ code, message }: RejectedError) {
    super(message)
    this.code = code
  }
}

function outcome(error: unknown): {
  level: 'warn' | 'error'
  fact: string
  answer: WebAnswer
} {
  if (error instanceof UnreadableError) {
    const answer = problem(400, error.code, 'No CloudEvent', error.message)
    return { level: 'warn', fact: 'unreadable', answer }
  }
  if (error instanceof RejectedError) {
    const answer = problem(422, error.code, 'Rejected', error.message)
    return { level: 'warn', fact: 'rejected', answer }
  }
  if (error instanceof RetryableError) {
    const answer = problem(503, 'try-again', 'Try again', 'what this function needs is away')
    return { level: 'warn', fact: 'to be retried', answer }
  }
  const answer = problem(500, 'internal', 'Internal error', 'the function failed; its log says why')
  return { level: 'error', fact: 'failed', answer }
}

const READY: WebAnswer = { status: 200, contentType: 'text/plain', body: 'ready\n' }
const NOT_READY: WebAnswer = { status: 503, contentType: 'text/plain', body: 'stopping\n' }
const UNREADABLE_PATH = problem(
  400,
  'path-unreadable',
  'Bad path',
  'the path is no percent-encoded UTF-8',
)
const TOO_LARGE = problem(
  413,
  'too-large',
  'Too large',
  `a body may have ${MAX_BODY_BYTES} bytes: split it into several events`,
)

function send(response: ServerResponse, answer: WebAnswer | undefined, last: boolean): void {
  if (last) response.setHeader('connection', 'close')
  if (answer === undefined) {
    response.writeHead(204).end()
    return
  }
  const allow = answer.allow === undefined ? {} : { allow: answer.allow }
  response
    .writeHead(answer.status, { 'content-type': answer.contentType, ...allow })
    .end(answer.body)
}

/** The framework decodes the path, too, and answers a fault in it with a stack trace. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

function since(began: number): number {
  return Math.round((performance.now() - began) * 10) / 10
}
