import { z } from 'zod'

import { startReceiver } from '../receiver.ts'
import type { Receiver, Received } from '../receiver.ts'

const line = z.looseObject({ type: z.string(), id: z.string() })
type Line = z.output<typeof line>
const wanted = z.object({ objects: z.array(z.object({ type: z.string(), id: z.string() })) })

/** An HTTP server that keeps saved objects as Kibana's import and export API do: Kibana itself cannot be had in CI. */
export interface KibanaStandIn extends Pick<Receiver, 'url' | 'requests' | 'close'> {
  /** The objects of every import, in order. */
  readonly imports: Line[][]
  /** Refuses objects of a type from now on. */
  refuse(type: string): void
  /** Answers the status with 503 so many times. */
  starts(times: number): void
}

export async function startKibana(): Promise<KibanaStandIn> {
  const receiver = await startReceiver()
  const saved = new Map<string, Line>()
  const imports: Line[][] = []
  let refused: string | undefined
  let unavailable = 0

  receiver.replyWith((request) => {
    const { method, path, headers, body } = request
    const answer = (status: number, json: unknown) => {
      return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) }
    }
    if (method === 'GET' && path === '/api/status') {
      return answer(unavailable-- > 0 ? 503 : 200, { status: {} })
    }
    // Kibana refuses what could come from a page of another site.
    if (headers['kbn-xsrf'] === undefined) return answer(400, { message: 'kbn-xsrf is missing' })
    if (path === '/api/saved_objects/_export') {
      const [first] = wanted.parse(JSON.parse(body.toString())).objects
      const found = saved.get(`${first?.type} ${first?.id}`)
      return found === undefined ? answer(400, notFound(first)) : answer(200, found)
    }
    if (path === '/api/saved_objects/_import?overwrite=true') {
      const lines = linesOf(request)
      imports.push(lines)
      const errors = lines
        .filter(({ type }) => type === refused)
        .map(({ type, id }) => ({ type, id, error: { type: 'unsupported_type' } }))
      if (errors.length > 0) return answer(200, { success: false, successCount: 0, errors })
      for (const object of lines) saved.set(`${object.type} ${object.id}`, object)
      return answer(200, { success: true, successCount: lines.length })
    }
    return answer(404, { statusCode: 404, message: path })
  })
  return {
    url: receiver.url,
    requests: receiver.requests,
    close: () => receiver.close(),
    imports,
    refuse: (type) => {
      refused = type
    },
    starts: (times) => {
      unavailable = times
    },
  }
}

/** What Kibana answers to the export of something it does not have. */
function notFound(object: object | undefined): unknown {
  return {
    statusCode: 400,
    error: 'Bad Request',
    message: 'Error fetching objects to export',
    attributes: {
      objects: [
        { ...object, error: { statusCode: 404, error: 'Not Found', message: 'not found' } },
      ],
    },
  }
}

/** The lines of the one file of a form. */
function linesOf({ headers, body }: Received): Line[] {
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1]
  const [opening, part = '', closing] = body.toString().split(`--${boundary}`)
  const [head = '', file = ''] = part.split('\r\n\r\n', 2)
  if (opening !== '' || closing !== '--\r\n') throw new Error('the form is not one part')
  if (!/^\r\nContent-Disposition: form-data; name="file"; filename="[\w-]+\.ndjson"/.test(head)) {
    throw new Error(`the part is no file: ${head}`)
  }
  return file
    .trimEnd()
    .split('\n')
    .map((text) => line.parse(JSON.parse(text)))
}
