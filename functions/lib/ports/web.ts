/** An HTTP request that is no CloudEvent of the stream, its body read whole. Header names are lower case. */
export interface WebRequest {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  /** What follows the path's question mark, still encoded; empty when there is none. */
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  /** CloudEvents attributes of a binary-mode request, decoded; empty when there are none. */
  readonly attributes: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface WebAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  /** The methods that are allowed, when another one was used. */
  readonly allow?: string
}

/** Answers requests to paths of its own, and undefined for every other path. */
export type WebRoute = (request: WebRequest) => Promise<WebAnswer> | undefined

/** An answer of JSON. */
export function json(status: number, value: unknown): WebAnswer {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(value) }
}

/** A refusal for its reader, as RFC 9457 writes it: what is wrong in `detail`, a stable word for it in `code`. */
export function problem(status: number, code: string, title: string, detail: string): WebAnswer {
  return {
    status,
    contentType: 'application/problem+json; charset=utf-8',
    body: JSON.stringify({ type: 'about:blank', title, status, detail, code }),
  }
}
