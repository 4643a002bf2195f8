import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

/** One HTTP request on its way to something addressable. Header names are lower case. */
export interface Exchange {
  readonly method: string
  /** Path and query, e.g. `/predict/ridgecv/latest/`. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Uint8Array | Readable
  /** Ends the exchange early: the caller went away or its time is up. */
  readonly signal: AbortSignal
}

/** What came back. The body must be read to its end or destroyed. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
}

/**
 * Something a source can send to: a Service, a KafkaSink, or a plain address.
 *
 * `send` rejects only when no answer came (connection refused or cut, or the signal fired); every HTTP status is an
 * answer.
 */
export interface Addressable {
  /** The address as Knative would write it, e.g. `http://persist.nowcast.svc.cluster.local`. */
  readonly url: string
  send(exchange: Exchange): Promise<Answer>
}
