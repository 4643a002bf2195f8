import type { ServerResponse } from 'node:http'

/** What every answer of the console carries: its page runs nothing but its own files and stands in no frame. */
const HEADERS = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
} as const

/** Answers with a body, or with none for a status that has none. */
export function answer(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Uint8Array = '',
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...HEADERS,
    ...(status === 304
      ? {}
      : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
    ...headers,
  })
  response.end(body)
}

/** Answers 200 with JSON. */
export function answerJson(response: ServerResponse, value: unknown): void {
  answer(response, 200, 'application/json', JSON.stringify(value))
}

/** Begins an answer of server-sent events. */
export function beginEventStream(response: ServerResponse): void {
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' })
}

/** A request that cannot be answered with what it asks for: the status and the reason for the caller. */
export class ProblemError extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail)
    this.name = 'ProblemError'
    this.status = status
    this.headers = headers
  }
}

/** Answers with a problem body (RFC 9457). */
export function answerProblem(response: ServerResponse, problem: ProblemError): void {
  const { status, message: detail, headers } = problem
  const body = JSON.stringify({ title: TITLES[status] ?? 'Problem', status, detail })
  answer(response, status, 'application/problem+json', body, headers)
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  500: 'Internal error',
  503: 'Not available now',
}
