import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { FAULTS } from '../../../../scripts/lib/chaos/faults.ts'
import type { Fault, FaultRates } from '../../../../scripts/lib/chaos/faults.ts'
import { startProxy } from '../../../../scripts/lib/chaos/proxy.ts'
import type { Proxy } from '../../../../scripts/lib/chaos/proxy.ts'
import { closeServer, listenOnFreePort } from '../../../support/console-server.ts'
import { eventually } from '../../../support/eventually.ts'

describe('the proxy of a chaos run', () => {
  let gateway: Server
  let arrived: { host: string; path: string; id: string }[]
  let proxy: Proxy

  beforeEach(async () => {
    arrived = []
    gateway = createServer((request: IncomingMessage, response) => {
      const { host = '', 'ce-id': id } = request.headers
      arrived.push({ host: host.replace(/:\d+$/, ''), path: request.url ?? '', id: String(id) })
      request.resume().on('end', () => response.writeHead(204).end())
    })
    const port = await listenOnFreePort(gateway)
    proxy = await startProxy()
    proxy.target(port)
  })
  afterEach(async () => {
    await proxy.close()
    await closeServer(gateway)
  })

  /** Every first attempt meets the fault. */
  const always = (fault: Fault) => {
    const rates: Record<Fault, number> = {
      failed: 0,
      refused: 0,
      'answer-lost': 0,
      late: 0,
      twice: 0,
      stale: 0,
    }
    rates[fault] = 1
    const only: FaultRates = rates
    proxy.disturb({ seed: 1, rates: only })
  }

  async function send(url: string, id: string, signal?: AbortSignal): Promise<number> {
    const headers = { 'ce-id': id, 'ce-source': '/test' }
    try {
      const sent = { method: 'POST', headers, body: '{}', ...(signal && { signal }) }
      return (await fetch(url, sent)).status
    } catch {
      return 0
    }
  }
  const persist = () => proxy.addresses.service('persist', '/')

  it('passes on to Services and KafkaSinks by their names', async () => {
    expect(await send(proxy.addresses.service('persist', '/dead'), '1')).toBe(204)
    expect(await send(proxy.addresses.sink('nowcast', 'mltest'), '2')).toBe(204)
    const ingress = 'kafka-sink-ingress.knative-eventing.localhost'
    expect(arrived).toEqual([
      { host: 'persist.nowcast.localhost', path: '/dead', id: '1' },
      { host: ingress, path: '/nowcast/mltest', id: '2' },
    ])
  })

  it.each<[Fault, number, number]>([
    ['failed', 500, 0],
    ['refused', 429, 0],
    ['answer-lost', 0, 1],
    ['twice', 204, 2],
    ['stale', 204, 1],
  ])('%s: the sender meets %d, and it has its effect %d times', async (fault, status, effects) => {
    always(fault)
    expect(await send(persist(), '1')).toBe(status)
    expect(arrived).toHaveLength(effects)
    expect(proxy.happened[fault]).toBe(1)
    expect(FAULTS.filter((kind) => proxy.happened[kind] > 0)).toEqual([fault])
  })

  it('stale: it comes again when it is called for', async () => {
    always('stale')
    await send(persist(), '1')
    proxy.flush()
    await eventually(() => proxy.inFlight === 0)
    expect(arrived.map(({ id }) => id)).toEqual(['1', '1'])
  })

  it('late: it has its effect once its sender has gone', async () => {
    always('late')
    const gone = new AbortController()
    const sent = send(persist(), '1', gone.signal)
    await eventually(() => proxy.happened.late === 1)
    expect(arrived).toEqual([])
    gone.abort()
    expect(await sent).toBe(0)
    await eventually(() => arrived.length === 1)
  })

  it('answers 503 while there is no platform', async () => {
    proxy.target(undefined)
    expect(await send(persist(), '1')).toBe(503)
  })
})
