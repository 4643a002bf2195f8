import type { IncomingMessage } from 'node:http'
import type { Addressable } from './exchange.ts'
import { listenOnLoopback } from './http/listen.ts'
import type { Listening } from './http/listen.ts'
import { respond, serve } from './http/serve.ts'
import type { Handler } from './http/serve.ts'
import { textAnswer } from './http/text-answer.ts'

/** Where the gateway sends a request, asked for each. */
export interface Routes {
  service(namespace: string, name: string): Addressable | undefined
  /** The Kafka ingress, when the folder declares a KafkaSink. */
  ingress(): Addressable | undefined
  /** The console, served only under this machine's own names. */
  readonly console: Handler
  /** The hosts it serves, without port, for whoever asks for another one. */
  hosts(): readonly string[]
}

/** A server that runs. */
export interface Gateway {
  readonly port: number
  /** Takes no new connection and cuts those still in use after a quarter of a second. */
  close(): Promise<void>
}

const CLOSE_GRACE_MS = 250

/**
 * Serves everything of the platform at one loopback port, told apart by the Host header.
 *
 * A Service answers to `<service>.<namespace>.localhost` and to its names inside a cluster, the Kafka ingress
 * likewise, the console to `localhost`, `127.0.0.1` and `[::1]`. A request that a web page of another origin makes is
 * refused with 403. Rejects when the port is taken.
 */
export async function startGateway({
  port,
  routes,
}: {
  readonly port: number
  readonly routes: Routes
}): Promise<Gateway> {
  const handlers = new WeakMap<Addressable, Handler>()
  const handlerOf = (addressable: Addressable) => {
    const handler = handlers.get(addressable) ?? serve(addressable)
    handlers.set(addressable, handler)
    return handler
  }
  try {
    return gatewayOf(
      await listenOnLoopback(port, (request, response) => {
        const host = hostOf(request)
        if (isForeign(request)) respond(textAnswer(403, FOREIGN), response)
        else if (OWN_NAMES.has(host)) routes.console(request, response)
        else {
          const addressable = find(routes, host)
          if (addressable !== undefined) handlerOf(addressable)(request, response)
          else respond(textAnswer(404, unknownHost(host, routes)), response)
        }
      }),
    )
  } catch (error) {
    throw portError(error, port)
  }
}

/**
 * Serves the Kafka ingress alone, at a loopback port of its own: functions address it by number, as `*.localhost` does
 * not resolve everywhere. It answers only to this machine's own names, so that no web page can reach it by a name of
 * its own.
 */
export async function startIngress(ingress: Addressable): Promise<Gateway> {
  const handler = serve(ingress)
  return gatewayOf(
    await listenOnLoopback(0, (request, response) => {
      if (isForeign(request)) respond(textAnswer(403, FOREIGN), response)
      else if (OWN_NAMES.has(hostOf(request))) handler(request, response)
      else respond(textAnswer(404, 'the Kafka ingress answers to 127.0.0.1 only\n'), response)
    }),
  )
}

const FOREIGN = 'web pages of other origins are not served\n'

/**
 * Whether a browser says that a page from elsewhere makes the request: any page may post to loopback, and nothing here
 * asks for a password.
 */
function isForeign({ headers: { origin } }: IncomingMessage): boolean {
  if (origin === undefined) return false
  const host = URL.canParse(origin) ? new URL(origin).hostname : ''
  return !OWN_NAMES.has(host) && !host.endsWith('.localhost')
}

const OWN_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const INGRESS = { name: 'kafka-sink-ingress', namespace: 'knative-eventing' } as const

// `<name>.<namespace>`, as it is called on the laptop or, with growing shortness, inside a cluster.
const ADDRESSABLE = /^([a-z0-9-]+)\.([a-z0-9-]+)(?:\.localhost|\.svc\.cluster\.local|\.svc)?$/

function find(routes: Routes, host: string): Addressable | undefined {
  const [, name, namespace] = ADDRESSABLE.exec(host) ?? []
  // `a.localhost` is no Service `a` of a namespace `localhost`.
  if (name === undefined || namespace === undefined || namespace === 'localhost') return undefined
  if (name === INGRESS.name && namespace === INGRESS.namespace) return routes.ingress()
  return routes.service(namespace, name)
}

/** The host a request asks for: lower case, without port and closing dot. */
function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')
}

const HOSTS_SHOWN = 50

function unknownHost(host: string, routes: Routes): string {
  const hosts = routes.hosts().slice(0, HOSTS_SHOWN).join(', ')
  const asked = host === '' ? 'a request without a Host header' : `host "${host.slice(0, 253)}"`
  return `nothing is served for ${asked}; this gateway serves localhost (the console)${hosts === '' ? '' : `, ${hosts}`}\n`
}

function gatewayOf({ port, close }: Listening): Gateway {
  return { port, close: () => close(CLOSE_GRACE_MS) }
}

function portError(error: unknown, port: number): unknown {
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return new Error(
        `port ${port} is taken by another program; stop it, or choose another port with --port (0 takes a free one)`,
        { cause: error },
      )
    case 'EACCES':
      return new Error(
        `port ${port} may not be used by this user; choose one above 1023 with --port`,
        {
          cause: error,
        },
      )
    default:
      return error
  }
}
