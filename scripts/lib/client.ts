import { request } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { createInterface } from 'node:readline'
import { buffer, text } from 'node:stream/consumers'
import { z } from 'zod'

import { CommandFailure } from './failure.ts'
import { DEFAULT_PORT } from './options.ts'

const TIMEOUT_MS = 30_000

/** Asks the console of the platform on a port, and reads its JSON as what it should be. */
export async function getJson<T>(port: number, path: string, shape: z.ZodType<T>): Promise<T> {
  const response = await consoleAnswer(port, path, TIMEOUT_MS)
  const body = await text(response)
  return parsedAs(shape, body) ?? refuse(port)
}

/** Longer than a function may take, which the console waits for. */
const CHANGE_TIMEOUT_MS = 75_000

/** Asks the console to change something, and reads its JSON as what it should be. */
export async function postJson<T>(port: number, path: string, shape: z.ZodType<T>): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const response = await consoleAnswer(port, path, CHANGE_TIMEOUT_MS, { method: 'POST', headers })
  return parsedAs(shape, await text(response)) ?? refuse(port)
}

/** One server-sent event. */
export interface ServerEvent {
  readonly event: string
  readonly data: string
}

/** Listens to server-sent events of the console until the caller stops. Fails when the platform ends them. */
export async function* listenTo(port: number, path: string): AsyncGenerator<ServerEvent, void> {
  const response = await consoleAnswer(port, path, 0)
  const lines = createInterface({ input: response, crlfDelay: Infinity })
  try {
    let event = 'message'
    for await (const line of lines) {
      if (line.startsWith('event: ')) event = line.slice(7)
      else if (line.startsWith('data: ')) yield { event, data: line.slice(6) }
    }
  } catch (cause) {
    throw stopped(port, cause)
  } finally {
    response.destroy()
  }
  throw stopped(port)
}

/** What a Service answered. */
export interface Answer {
  readonly status: number
  readonly body: Buffer
}

export interface Asked {
  readonly host: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** Asks something that the gateway serves, and waits as long as the gateway lets it: a Service has its own timeout. */
export async function invoke(
  port: number,
  { host, path, headers }: Asked,
  body: Uint8Array,
): Promise<Answer> {
  const response = await send(
    port,
    { method: 'POST', path, headers: { ...headers, host: `${host}:${port}` } },
    body,
  )
  try {
    return { status: response.statusCode ?? 0, body: await buffer(response) }
  } catch (cause) {
    throw new CommandFailure('the answer was cut: the function ended while it was answering', 1, {
      cause,
    })
  }
}

/** What the platform answered to an event. */
export interface PostAnswer {
  readonly status: number
  readonly reason: string
}

/** Posts to something that the gateway of the platform serves under a name of its own. */
export async function post(
  port: number,
  { host, path, headers }: Asked,
  body: Uint8Array,
): Promise<PostAnswer> {
  // `*.localhost` does not resolve everywhere, so the name travels in the Host header.
  const response = await send(
    port,
    { method: 'POST', path, headers: { ...headers, host: `${host}:${port}` }, timeout: TIMEOUT_MS },
    body,
  )
  return { status: response.statusCode ?? 0, reason: (await text(response)).trim() }
}

async function consoleAnswer(
  port: number,
  path: string,
  timeout: number,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<IncomingMessage> {
  const own = { ...headers, host: `localhost:${port}` }
  const response = await send(port, { method, path, headers: own, timeout })
  if (response.statusCode === 200) return response
  const problem = parsedAs(z.looseObject({ detail: z.string() }), await text(response))
  if (problem === undefined) return refuse(port)
  throw new CommandFailure(problem.detail)
}

function send(port: number, options: RequestOptions, body?: Uint8Array): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent: false, ...options }, resolve)
    const seconds = (options.timeout ?? 0) / 1_000
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${seconds} s`)))
    sent.on('error', (cause) => reject(unreachable(port, cause)))
    sent.end(body)
  })
}

function unreachable(port: number, cause: Error): CommandFailure {
  const isRefused = 'code' in cause && cause.code === 'ECONNREFUSED'
  const start = port === DEFAULT_PORT ? 'npm start' : `npm start -- --port ${port}`
  return new CommandFailure(
    isRefused
      ? `nothing answers on port ${port}: start it with \`${start}\``
      : `the platform on port ${port} gave no answer: ${cause.message}`,
    1,
    { cause },
  )
}

function stopped(port: number, cause?: unknown): CommandFailure {
  return new CommandFailure(`the platform on port ${port} has stopped`, 1, { cause })
}

function refuse(port: number): never {
  throw new CommandFailure(
    `what answers on port ${port} is no Nowcast: name the platform's port with --port`,
  )
}

function parsedAs<T>(shape: z.ZodType<T>, body: string): T | undefined {
  try {
    const result = shape.safeParse(JSON.parse(body))
    return result.success ? result.data : undefined
  } catch {
    return undefined
  }
}
