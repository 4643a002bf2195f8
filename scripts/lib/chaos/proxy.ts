import { Agent, createServer, request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'

import { drawWhole } from './draw.ts'
import { faultOf } from './faults.ts'
import type { Fault, FaultRates } from './faults.ts'
import type { Addresses } from './folder.ts'

/** What a run knows of the requests that pass. */
interface Passage {
  /** The Service's name, or `sink <topic>`. */
  readonly to: string
  /** The event's id. */
  readonly id: string
  /** 0 when no answer came. */
  readonly status: number
}

/** A server between the sources, the functions and what they send to, which lets pass, or not, as the seed says. */
export interface Proxy {
  readonly port: number
  readonly addresses: Addresses
  /** The gateway's port; undefined while no platform runs: then it answers 503. */
  target(port: number | undefined): void
  /** From now on faults are drawn; undefined lets everything pass as it is. */
  disturb(faults: { readonly seed: number; readonly rates: FaultRates } | undefined): void
  /** What has happened since it was disturbed. */
  readonly happened: Readonly<Record<Fault, number>>
  /** Calls with each answer that came from behind; returns how to end that. */
  onPassage(listener: (passage: Passage) => void): () => void
  /** Requests being answered, and those that come again now. */
  readonly inFlight: number
  /** Delivers again whatever was to come again later. */
  flush(): void
  close(): Promise<void>
}

interface Delivery {
  readonly to: string
  readonly id: string
  readonly host: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A stale delivery comes again after so many others. */
const STALE_AFTER = [20, 600] as const
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host'])

/** Starts the proxy on a loopback port of its own. */
export async function startProxy(): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const attempts = new Map<string, number>()
  const happened: Record<Fault, number> = noFaults()
  const listeners = new Set<(passage: Passage) => void>()
  let gateway: number | undefined
  let faults: { readonly seed: number; readonly rates: FaultRates } | undefined
  let stale: { readonly due: number; readonly delivery: Delivery }[] = []
  let deliveries = 0
  let inFlight = 0

  const server = createServer((incoming, response) => {
    inFlight += 1
    void answer(incoming, response)
      // The sender went away, or what it sent cannot be read.
      .catch(() => response.destroy())
      .finally(() => {
        inFlight -= 1
      })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port')
  const { port } = address

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const delivery = await deliveryOf(incoming)
    if (delivery === undefined) {
      response.writeHead(404).end('the proxy knows /to/<service>/ and /sinks/<namespace>/<sink>\n')
      return
    }
    deliveries += 1
    deliverStale()
    const fault = nextFault(delivery)
    if (fault !== undefined) happened[fault] += 1
    switch (fault) {
      case 'failed':
        response.writeHead(500).end('chaos: failed\n')
        return
      case 'refused':
        response.writeHead(429).end('chaos: refused\n')
        return
      case 'answer-lost':
        await send(delivery)
        response.destroy()
        return
      case 'late':
        await once(response, 'close')
        await send(delivery)
        return
      case 'twice': {
        const [first] = await Promise.all([send(delivery), send(delivery)])
        reply(response, first)
        return
      }
      case 'stale': {
        const [least, most] = STALE_AFTER
        const after = drawWhole(least, most, faults?.seed ?? 0, 'stale', delivery.to, delivery.id)
        stale.push({ due: deliveries + after, delivery })
        reply(response, await send(delivery))
        return
      }
      case undefined:
        reply(response, await send(delivery))
    }
  }

  function nextFault(delivery: Delivery): Fault | undefined {
    const event = `${String(delivery.headers['ce-source'])} ${delivery.id}`
    const key = `${delivery.to} ${event}`
    const attempt = (attempts.get(key) ?? 0) + 1
    attempts.set(key, attempt)
    if (faults === undefined) return undefined
    const fault = faultOf(faults.seed, faults.rates, { to: delivery.to, event, attempt })
    // Functions wait for a sink longer than sources wait for them: lateness there would only be slow.
    return fault === 'late' && delivery.to.startsWith('sink ') ? 'answer-lost' : fault
  }

  function deliverStale(limit = deliveries): void {
    const due = stale.filter((one) => one.due <= limit)
    stale = stale.filter((one) => one.due > limit)
    for (const { delivery } of due) {
      inFlight += 1
      void send(delivery).finally(() => {
        inFlight -= 1
      })
    }
  }

  /** Never rejects: no answer is a 503. */
  async function send(delivery: Delivery): Promise<Reply> {
    const { to, id } = delivery
    try {
      if (gateway === undefined) throw new Error('no platform runs')
      const got = await forwarded(delivery, gateway, agent)
      tell({ to, id, status: got.status })
      return got
    } catch (error) {
      const body = Buffer.from(`chaos: ${error instanceof Error ? error.message : ''}\n`)
      tell({ to, id, status: 0 })
      return { status: 503, headers: {}, body }
    }
  }

  function tell(passage: Passage): void {
    for (const listener of listeners) listener(passage)
  }

  const base = `http://127.0.0.1:${port}`
  return {
    port,
    addresses: {
      service: (name, path) => `${base}/to/${name}${path}`,
      sink: (namespace, name) => `${base}/sinks/${namespace}${name === '' ? '' : `/${name}`}`,
    },
    target(next) {
      gateway = next
    },
    disturb(next) {
      faults = next
      attempts.clear()
      Object.assign(happened, noFaults())
    },
    happened,
    onPassage(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    get inFlight() {
      return inFlight
    },
    flush: () => deliverStale(Number.POSITIVE_INFINITY),
    async close() {
      agent.destroy()
      server.closeAllConnections()
      server.close()
    },
  }
}

function noFaults(): Record<Fault, number> {
  return { failed: 0, refused: 0, 'answer-lost': 0, late: 0, twice: 0, stale: 0 }
}

async function deliveryOf(incoming: IncomingMessage): Promise<Delivery | undefined> {
  const { headers, url = '' } = incoming
  const id = String(headers['ce-id'])
  const body = await buffer(incoming)
  const [, service, path = '/'] = /^\/to\/([a-z0-9-]+)(\/.*)?$/.exec(url) ?? []
  if (service !== undefined) {
    const to = path === '/' ? service : `${service}${path}`
    return { to, id, host: `${service}.nowcast.localhost`, path, headers, body }
  }
  const [, sinkPath, topic] = /^\/sinks(\/[a-z0-9-]+\/([a-z0-9-]+))$/.exec(url) ?? []
  if (sinkPath === undefined || topic === undefined) return undefined
  const host = 'kafka-sink-ingress.knative-eventing.localhost'
  return { to: `sink ${topic}`, id, host, path: sinkPath, headers, body }
}

function forwarded(
  { host, path, headers, body }: Delivery,
  port: number,
  agent: Agent,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        agent,
        method: 'POST',
        path,
        headers: { ...endToEnd(headers), host: `${host}:${port}` },
      },
      (response) => {
        const { statusCode = 502 } = response
        buffer(response).then(
          (content) => resolve({ status: statusCode, headers: response.headers, body: content }),
          reject,
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

function reply(response: ServerResponse, { status, headers, body }: Reply): void {
  if (response.destroyed) return
  response.writeHead(status, endToEnd(headers)).end(body)
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_CONNECTION.has(name)))
}
