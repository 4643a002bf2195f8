import { z } from 'zod'

import { startReceiver } from '../receiver.ts'
import type { Receiver } from '../receiver.ts'

const HEADERS = {
  'x-elastic-product': 'Elasticsearch',
  'content-type': 'application/vnd.elasticsearch+json;compatible-with=9',
}

/** An HTTP server that keeps definitions under their names as Elasticsearch does, whole, for what CI's build of it lacks. */
export interface ElasticsearchStandIn extends Pick<Receiver, 'url' | 'requests' | 'close'> {
  /** Requests that write, as `PUT /path`. */
  writes(): string[]
  /** The JSON that was last put under a path. */
  stored(path: string): unknown
}

/** Starts a stand-in, without the handlers of some paths. */
export async function startElasticsearch(
  without: readonly string[] = [],
): Promise<ElasticsearchStandIn> {
  const receiver = await startReceiver()
  const stored = new Map<string, unknown>()
  receiver.replyWith(({ method, path, body }) => {
    const [name = ''] = path.split('?', 1)
    const answer = (status: number, json: unknown) => {
      return { status, headers: HEADERS, body: JSON.stringify(json) }
    }
    if (without.some((missing) => name.startsWith(`/${missing}/`))) {
      return answer(400, { error: `no handler found for uri [${path}] and method [${method}]` })
    }
    if (name === '/_cluster/health') return answer(200, { status: 'green', timed_out: false })
    if (method === 'PUT') {
      stored.set(name, body.length === 0 ? {} : JSON.parse(body.toString()))
      return answer(200, { acknowledged: true })
    }
    if (method === 'POST' && name.endsWith('/_rollover')) return answer(200, { rolled_over: true })
    const found = stored.get(name)
    return found === undefined
      ? answer(404, { error: { type: 'resource_not_found_exception' }, status: 404 })
      : answer(200, asAnswered(name, found))
  })
  return {
    url: receiver.url,
    requests: receiver.requests,
    close: () => receiver.close(),
    writes: () =>
      receiver.requests
        .filter(({ method }) => method === 'PUT' || method === 'POST')
        .map(({ method, path }) => `${method} ${path}`),
    stored: (path) => stored.get(path),
  }
}

const policy = z.object({ policy: z.unknown() })

/** How each API gives back what was put. */
function asAnswered(path: string, body: unknown): unknown {
  const [, api = '', ...rest] = path.split('/')
  const name = rest.at(-1) ?? ''
  switch (api) {
    case '_ilm':
      return { [name]: { version: 1, policy: policy.parse(body).policy } }
    case '_ingest':
      return { [name]: body }
    case '_component_template':
      return { component_templates: [{ name, component_template: body }] }
    case '_index_template':
      return { index_templates: [{ name, index_template: body }] }
    case '_data_stream':
      return { data_streams: [{ name }] }
    default:
      throw new Error(`the stand-in knows no ${path}`)
  }
}
