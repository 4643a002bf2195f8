import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

import { decodeHeader } from '../../functions/lib/cloud-event.ts'
import { isRecord } from '../../functions/lib/row-events.ts'

/** An event as it reached the sink of a topic. */
interface RecordedEvent {
  topic: string
  attributes: Record<string, string>
  contentType: string | undefined
  rows: Record<string, unknown>[]
}

/** An HTTP server that stands where the KafkaSinks of a namespace do, and keeps what it is sent. */
export interface RecordingSink {
  /** For `EVENTS_URL`. */
  readonly url: string
  readonly events: RecordedEvent[]
  /** What it answers from now on; it records only what it answers with 202. */
  answerWith(status: number): void
  close(): Promise<void>
}

export async function startRecordingSink(): Promise<RecordingSink> {
  const events: RecordedEvent[] = []
  let status = 202
  const server = createServer((request, response) => {
    void answer(request, response)
  })
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    if (status === 202) events.push(recorded(request.url ?? '', request.headers, body))
    response.writeHead(status).end()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}/nowcast`,
    events,
    answerWith: (next) => {
      status = next
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function recorded(
  path: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Buffer,
): RecordedEvent {
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-')) attributes[name.slice(3)] = decodeHeader(String(value))
  }
  const data: unknown = JSON.parse(body.toString())
  const rows = isRecord(data) && Array.isArray(data['rows']) ? data['rows'].filter(isRecord) : []
  const contentType = headers['content-type']
  return {
    topic: path.split('/').at(-1) ?? '',
    attributes,
    contentType: typeof contentType === 'string' ? contentType : undefined,
    rows,
  }
}
