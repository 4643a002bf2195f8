import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** A request as a receiver got it. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** What a receiver does with a request: answers it, leaves it without an answer, or cuts its connection. */
type Reply =
  | {
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body?: string
      /** Leaves the answer unfinished after this much body. */
      readonly isOpen?: boolean
    }
  | 'nothing'
  | 'cut'

/** An HTTP server that keeps every request and answers what it is told to. */
export interface Receiver {
  readonly url: string
  /** Every request, in the order of arrival. */
  readonly requests: Received[]
  /** Requests that have no answer yet, and the most there ever were. */
  inFlight(): number
  mostInFlight(): number
  /** Decides what is answered from now on; 204 until then. */
  replyWith(decide: (request: Received) => Reply | Promise<Reply>): void
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const requests: Received[] = []
  let decide: (request: Received) => Reply | Promise<Reply> = () => ({ status: 204 })
  let inFlight = 0
  let mostInFlight = 0

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    mostInFlight = Math.max(mostInFlight, ++inFlight)
    response.once('close', () => inFlight--)
    const { method = '', url = '', headers } = request
    const received = { method, path: url, headers, body: await buffer(request) }
    requests.push(received)
    const reply = await decide(received)
    if (reply === 'nothing') return
    if (reply === 'cut') {
      request.socket.destroy()
      return
    }
    response.writeHead(reply.status, reply.headers)
    if (reply.isOpen === true) response.write(reply.body)
    else response.end(reply.body)
  }

  const server = createServer((request, response) => void receive(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    inFlight: () => inFlight,
    mostInFlight: () => mostInFlight,
    replyWith: (next) => {
      decide = next
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
