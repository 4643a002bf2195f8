import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import type { Addressable, Answer, Exchange } from '../exchange.ts'
import { endToEnd } from './headers.ts'
import { textAnswer } from './text-answer.ts'

/** What a server does with one request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Lets HTTP callers reach something addressable: both bodies stream, a caller that goes away ends the exchange, and an
 * exchange without an answer is 502.
 */
export function serve(addressable: Addressable): Handler {
  return (request, response) => {
    const caller = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) caller.abort(new Error('the caller went away'))
      // What the addressable left unread is let go, or the connection could not carry another request.
      if (!request.complete) request.unpipe().resume()
    })
    request.on('error', (error) => caller.abort(error))
    addressable
      .send(exchangeOf(request, caller.signal))
      .catch((error: unknown) =>
        textAnswer(502, `${addressable.url} gave no answer: ${sentence(error)}\n`),
      )
      .then((answer) => respond(answer, response))
      // Only an answer that HTTP cannot carry comes here (a status such as 42): cut, as it has no status to be given.
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  }
}

/** Writes an answer to its caller; one that is cut short cuts the caller's connection, so that it cannot pass for whole. */
export function respond(answer: Answer, response: ServerResponse): void {
  response.writeHead(answer.status, endToEnd(answer.headers))
  pipeline(answer.body, response, ignore)
}

function exchangeOf(request: IncomingMessage, signal: AbortSignal): Exchange {
  const headers: Record<string, string | readonly string[]> = {}
  for (const name in request.headers) {
    const value = request.headers[name]
    if (value !== undefined) headers[name] = value
  }
  const hasBody =
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0
  return {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers,
    body: hasBody ? request : NOTHING,
    signal,
  }
}

const NOTHING = new Uint8Array(0)

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : 'it was ended'
}

function ignore(): void {}
