import type { IncomingMessage, ServerResponse } from 'node:http'

import { describeError } from '../../../functions/lib/log.ts'
import type { Facts } from '../facts.ts'
import type { Stores, View } from '../view.ts'
import { ProblemError, answer, answerJson, answerProblem } from './answers.ts'
import { findAsset, sendAsset } from './assets.ts'
import { redrive } from '../dead-letters/redrive.ts'
import { sendByHttp } from '../dead-letters/send-by-http.ts'
import { MAX_LISTED_BYTES, shownLetter } from './dead-letters.ts'
import { STREAM_LIMITS, eventStreams } from './event-streams.ts'
import type { EventStreams } from './event-streams.ts'
import { follow } from './follow.ts'
import { pictures } from './picture.ts'
import type { Pictures } from './picture.ts'
import { recordJson } from './record-event.ts'
import { requireOwnPage } from './same-origin.ts'
import { watching } from './stream.ts'
import type { Watching } from './stream.ts'
import { topicStatuses } from './topics.ts'

/** Answers one request of the console. */
export type ConsoleHandler = (request: IncomingMessage, response: ServerResponse) => void

/** What a route is answered from. */
interface Site {
  readonly view: View
  readonly pictures: Pictures
  readonly watching: Watching
  readonly streams: EventStreams
}

interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
}

const PICTURE_INTERVAL_MS = 500
const MAX_MODELS = 1_000
const MAX_LETTERS = 200
const MAX_RECORDS = 10_000
const MAX_RECORD_BYTES = 16 * 1024 * 1024

/**
 * The console of a running platform: its page, and the JSON and the live events behind it. All it ever changes is to send
 * a dead letter again. It must be served at the gateway's own port, where that letter goes.
 */
export function consoleHandler(view: View, facts: Facts): ConsoleHandler {
  const its = pictures(view)
  const site: Site = {
    view,
    pictures: its,
    watching: watching(its, PICTURE_INTERVAL_MS),
    streams: eventStreams(STREAM_LIMITS),
  }
  return (request, response) => {
    route(site, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else if (error instanceof ProblemError) answerProblem(response, error)
      else {
        facts('error', 'console', `cannot answer ${request.url}: ${describeError(error)}`)
        answerProblem(response, new ProblemError(500, 'the console failed; the terminal says why'))
      }
    })
  }
}

async function route(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // The console takes no body, and a connection that is kept must be free for its next request.
  request.resume()
  const [pathname = '/', search] = (request.url ?? '/').split('?', 2)
  const query = new URLSearchParams(search)
  const [, redriven] = REDRIVE.exec(pathname) ?? []
  const method = redriven === undefined ? 'GET' : 'POST'
  if (request.method !== method) {
    throw new ProblemError(405, `the console only answers ${method} here`, { allow: method })
  }
  if (redriven !== undefined) {
    requireOwnPage(request)
    return answerJson(response, await sentAgain(site.view, redriven, request, query))
  }
  const asset = findAsset(pathname)
  if (asset !== undefined) return sendAsset(asset, request, response)
  await answerApi(site, pathname, { request, response, query })
}

async function answerApi(site: Site, path: string, call: Call): Promise<void> {
  const { view, streams } = site
  const { response, query } = call
  switch (path) {
    case '/api/status':
      return answerJson(response, (await site.pictures.take()).status)
    case '/api/stream':
      return site.watching.join(streams.open(response))
    case '/api/models':
      return answerJson(response, await storesOf(view).models.list({ limit: MAX_MODELS }))
    case '/api/evaluations':
      return answerJson(response, (await site.pictures.take()).status.evaluations)
    case '/api/dead':
      return answerJson(response, await deadLetters(view, query))
    case '/api/topics':
      return answerJson(response, await topicStatuses(view.broker, await view.sources()))
    default: {
      const [, letter] = LETTER.exec(path) ?? []
      if (letter !== undefined) return answerJson(response, await deadLetter(view, letter))
      return answerTopic(site, path, call)
    }
  }
}

const LETTER = /^\/api\/dead\/([^/]+)$/
const REDRIVE = /^\/api\/dead\/([^/]+)\/redrive$/

async function answerTopic(
  { view, streams }: Site,
  path: string,
  { response, query }: Call,
): Promise<void> {
  const [, name, what] = /^\/api\/topics\/([^/]+)\/(records|stream)$/.exec(path) ?? []
  if (name === undefined) {
    throw new ProblemError(404, `the console has no ${path}`)
  }
  const topic = knownTopic(view, name)
  const last = numberOf(query, 'last', { otherwise: 10, most: MAX_RECORDS })
  if (what === 'stream') return follow(view.broker, topic, last, streams.open(response))
  const records = await view.broker.newest(topic, last, MAX_RECORD_BYTES)
  answer(response, 200, 'application/json', `[${records.map(recordJson).join(',\n')}]`)
}

async function deadLetters(view: View, query: URLSearchParams): Promise<object[]> {
  const last = numberOf(query, 'last', { otherwise: 20, most: MAX_LETTERS })
  const { deadLetters: kept } = storesOf(view)
  const id = query.get('after')
  const after = id === null ? undefined : ((await kept.find(id)) ?? missing(id))
  const now = view.clock.now()
  return (await kept.list(last, after)).map((one) => shownLetter(one, now, MAX_LISTED_BYTES))
}

async function deadLetter(view: View, id: string): Promise<object> {
  const letter = (await storesOf(view).deadLetters.find(id)) ?? missing(id)
  return shownLetter(letter, view.clock.now(), Infinity)
}

async function sentAgain(
  view: View,
  id: string,
  { socket }: IncomingMessage,
  query: URLSearchParams,
): Promise<object> {
  const { deadLetters: kept } = storesOf(view)
  const needs = { deadLetters: kept, send: sendByHttp(socket.localPort ?? 0) }
  const done = await redrive(id, needs, {
    namespace: query.get('namespace') ?? 'nowcast',
    again: query.has('again'),
    dryRun: query.has('dry-run'),
  })
  return done ?? missing(id)
}

function missing(id: string): never {
  throw new ProblemError(404, `there is no dead letter "${id}"`)
}

function storesOf({ stores }: View): Stores {
  if (stores === undefined) {
    throw new ProblemError(404, 'this folder declares no database, so nothing is stored')
  }
  return stores
}

function knownTopic({ broker }: View, encoded: string): string {
  const topics = broker.topics().map(({ topic }) => topic)
  const found = topics.find((topic) => encodeURIComponent(topic) === encoded)
  if (found !== undefined) return found
  throw new ProblemError(
    404,
    `there is no topic "${encoded}"; there ${topics.length === 0 ? 'are none' : `are ${topics.join(', ')}`}`,
  )
}

function numberOf(
  query: URLSearchParams,
  name: string,
  { otherwise, most }: { otherwise: number; most: number },
): number {
  const text = query.get(name)
  if (text === null) return otherwise
  if (/^\d{1,9}$/.test(text) && Number(text) <= most) return Number(text)
  throw new ProblemError(400, `${name} must be a whole number from 0 to ${most}`)
}
