import http from 'node:http'
import https from 'node:https'
import type { Addressable, Exchange } from '../exchange.ts'
import { Deadline } from './deadline.ts'
import { forward } from './forward.ts'
import type { Target } from './forward.ts'

/**
 * A plain address as something a source can send to (a Destination's `uri`). The path `/` means the address itself;
 * any other path stands under it. The Host header is the address's own.
 *
 * `close` ends its idle connections. Throws when the text is no http or https URL.
 */
export function httpAddressable(url: string): Addressable & { close(): void } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw new Error(`"${url}" is no address to send events to: write http://… or https://…`)
  }
  const target = targetOf(parsed)
  const base = parsed.pathname.replace(/\/$/, '')
  const at = (path: string) =>
    path === '/' || path === '' ? parsed.pathname + parsed.search : base + path
  return {
    url,
    async send(exchange: Exchange) {
      const deadline = new Deadline(exchange.signal, undefined)
      const headers = { ...exchange.headers, host: parsed.host }
      try {
        return await forward(
          { ...exchange, path: at(exchange.path), headers },
          { target, host: parsed.host, deadline, onClose: () => deadline.release() },
        )
      } catch (error) {
        deadline.release()
        throw error
      }
    },
    close: () => target.agent.destroy(),
  }
}

function targetOf(url: URL): Target {
  // The brackets of an IPv6 address belong to the URL, not to the address.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const settings = { keepAlive: true, maxSockets: 1_000 }
  return url.protocol === 'https:'
    ? { scheme: 'https', host, port: portOf(url, 443), agent: new https.Agent(settings) }
    : { scheme: 'http', host, port: portOf(url, 80), agent: new http.Agent(settings) }
}

function portOf(url: URL, usual: number): number {
  return url.port === '' ? usual : Number(url.port)
}
