import type { ServerResponse } from 'node:http'

import { createBell } from '../parts/bell.ts'
import { ProblemError, beginEventStream } from './answers.ts'

/** One client that listens to server-sent events. */
export interface EventStream {
  /** Fires when the client has gone or was dropped. */
  readonly closed: AbortSignal
  /** Whether the client takes more now. A caller that sends nothing to a client that is not ready buffers nothing. */
  readonly ready: boolean
  /** Sends an event whose data is one line. */
  send(event: string, line: string): void
  /** Resolves when the client takes more, or has gone. */
  whenReady(): Promise<void>
}

/** Opens streams, at most so many at once. */
export interface EventStreams {
  /** Throws a `ProblemError` (503) when there are too many. */
  open(response: ServerResponse): EventStream
}

export interface StreamLimits {
  readonly clients: number
  /** A quiet stream says this often that it is still there. */
  readonly heartbeatMs: number
  /** A client that has taken nothing for so long is dropped; a browser connects again by itself. */
  readonly stallMs: number
}

export const STREAM_LIMITS: StreamLimits = { clients: 32, heartbeatMs: 15_000, stallMs: 30_000 }

export function eventStreams(limits: StreamLimits): EventStreams {
  const open = new Set<ServerResponse>()
  return {
    open(response) {
      if (open.size >= limits.clients) {
        throw new ProblemError(
          503,
          `${limits.clients} clients listen already: close one and try again`,
          { 'retry-after': '5' },
        )
      }
      open.add(response)
      response.once('close', () => open.delete(response))
      return startStream(response, limits)
    },
  }
}

function startStream(
  response: ServerResponse,
  { heartbeatMs, stallMs }: StreamLimits,
): EventStream {
  const gone = new AbortController()
  const bell = createBell()
  let ready = true
  const write = (text: string): void => {
    if (gone.signal.aborted) return
    ready = response.write(text)
    if (!ready) stall.refresh()
  }
  const stall = setTimeout(() => {
    if (!ready) response.destroy()
  }, stallMs)
  const heartbeat = setInterval(() => {
    if (ready) write(': still here\n\n')
  }, heartbeatMs)
  response.on('drain', () => {
    ready = true
    bell.ring()
  })
  response.once('close', () => {
    clearTimeout(stall)
    clearInterval(heartbeat)
    gone.abort()
    bell.ring()
  })
  // A client that resets its connection has gone: `close` follows, and nobody is left to be told.
  response.on('error', () => response.destroy())
  beginEventStream(response)
  write('retry: 1000\n\n')
  return {
    closed: gone.signal,
    get ready() {
      return ready
    },
    send: (event, line) => write(`event: ${event}\ndata: ${line}\n\n`),
    whenReady: () => (ready || gone.signal.aborted ? Promise.resolve() : bell.rung()),
  }
}
