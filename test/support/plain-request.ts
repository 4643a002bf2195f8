import http from 'node:http'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'

export interface Plain {
  readonly status: number | undefined
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

/** Sends one request to a loopback port as any client would, under the Host it is given. */
export function plainRequest(
  port: number,
  options: Omit<http.RequestOptions, 'headers' | 'host'> & {
    readonly host?: string
    readonly headers?: http.OutgoingHttpHeaders
  } = {},
  body: string | Uint8Array | Readable = '',
): Promise<Plain> {
  const { host, ...rest } = options
  return new Promise((resolve, reject) => {
    const request = http.request({
      agent: false,
      method: body === '' ? 'GET' : 'POST',
      ...rest,
      hostname: '127.0.0.1',
      port,
      headers: { ...(host === undefined ? {} : { host }), ...rest.headers },
    })
    request.once('response', (response) => {
      text(response).then(
        (read) => resolve({ status: response.statusCode, headers: response.headers, text: read }),
        reject,
      )
    })
    request.once('error', reject)
    if (typeof body === 'string' || body instanceof Uint8Array) request.end(body)
    else body.pipe(request)
  })
}
