import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'

import type { Send } from './redrive.ts'

/** Longer than any function of ours may take. */
const TIMEOUT_MS = 65_000
const SHOWN_CHARACTERS = 300

/**
 * Sends over HTTP: what is addressed inside a cluster goes to the gateway at a port of this machine, which knows it by
 * its Host header; any other address is asked itself.
 */
export function sendByHttp(gatewayPort: number): Send {
  return async ({ url, headers, body }) => {
    const { protocol, host, hostname, port, pathname, search } = new URL(url)
    const isInside = IN_CLUSTER.test(hostname)
    const target = isInside ? { host: '127.0.0.1', port: gatewayPort } : { host: hostname, port }
    const sent = { ...headers, host, 'content-length': String(body.length) }
    const options = { ...target, method: 'POST', path: pathname + search, headers: sent }
    const request = protocol === 'https:' && !isInside ? httpsRequest : httpRequest
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const signal = AbortSignal.timeout(TIMEOUT_MS)
        request({ ...options, agent: false, signal }, resolve)
          .on('error', reject)
          .end(body)
      })
      const reason = inShort(await text(response))
      return { kind: 'answered', status: response.statusCode ?? 0, reason }
    } catch (error) {
      const isAway = Error.isError(error) && 'code' in error && error.code === 'ECONNREFUSED'
      const reason = isAway && isInside ? noGateway(gatewayPort) : reasonOf(error)
      return { kind: 'unanswered', reason }
    }
  }
}

function noGateway(port: number): string {
  return `no gateway listens on port ${port}: start a platform there, or name another port with --port`
}

const IN_CLUSTER = /\.svc(?:\.cluster\.local)?$|\.localhost$/

/** An answer in a line: what a problem body says, else its text. */
function inShort(answer: string): string {
  const line = (detailOf(answer) ?? answer).replace(/[\p{C}\s]+/gu, ' ').trim()
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line
}

function detailOf(answer: string): string | undefined {
  try {
    const body: unknown = JSON.parse(answer)
    const detail: unknown =
      typeof body === 'object' && body !== null ? Reflect.get(body, 'detail') : undefined
    return typeof detail === 'string' ? detail : undefined
  } catch {
    return undefined
  }
}

function reasonOf(error: unknown): string {
  const { name, message } = Error.isError(error) ? error : new Error(String(error))
  return name === 'AbortError' || name === 'TimeoutError'
    ? `nothing within ${TIMEOUT_MS / 1_000} s`
    : message
}
