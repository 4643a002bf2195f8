import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { isRecord } from '../../../../functions/lib/row-events.ts'
import { ProblemError, answerProblem } from '../../../../platform/local/console/answers.ts'
import { STREAM_LIMITS, eventStreams } from '../../../../platform/local/console/event-streams.ts'
import type { StreamLimits } from '../../../../platform/local/console/event-streams.ts'
import { pictures } from '../../../../platform/local/console/picture.ts'
import type { Pictures } from '../../../../platform/local/console/picture.ts'
import { watching } from '../../../../platform/local/console/stream.ts'
import { listenTo } from '../../../../scripts/lib/client.ts'
import type { ServerEvent } from '../../../../scripts/lib/client.ts'
import {
  closeServer,
  listenOnFreePort,
  score,
  service,
  startConsoleServer,
} from '../../../support/console-server.ts'
import type { ConsoleServer } from '../../../support/console-server.ts'
import { eventually } from '../../../support/eventually.ts'
import { at } from '../../../support/workbench.ts'

let server: ConsoleServer
beforeEach(async () => {
  server = await startConsoleServer()
})
afterEach(() => server.close())

/** Reads events until one is wanted, and answers its data. */
async function until(
  events: AsyncGenerator<ServerEvent, void>,
  isWanted: (data: unknown) => boolean,
): Promise<unknown> {
  for (;;) {
    const next = await events.next()
    if (next.done === true) throw new Error('the stream ended')
    const data: unknown = JSON.parse(next.value.data)
    if (isWanted(data)) return data
  }
}

const matches = (shape: object) => (data: unknown) => {
  try {
    expect(data).toMatchObject(shape)
    return true
  } catch {
    return false
  }
}

describe('the stream of the page', () => {
  it('begins with everything, and then sends what changed', async () => {
    server.services = [service('persist', 'starting')]
    const events = listenTo(server.port, '/api/stream')
    const first = await until(events, () => true)
    expect(first).toMatchObject({
      status: {
        speed: 20,
        services: [{ state: 'starting' }],
        why: 'No service is ready yet: persist is starting.',
      },
      curves: {},
    })

    server.services = [service('persist')]
    const second = await until(events, matches({ status: { services: [{ state: 'ready' }] } }))
    expect(second).not.toHaveProperty('status.speed')

    await server.database.rows.merge([
      { series: 's', timestamp: at(0), features: { a: 1 }, target: 2 },
    ])
    await until(
      events,
      matches({ curves: { s: { live: { after: null, times: [Date.parse(at(0))] } } } }),
    )
    await server.database.scores.put([score(at(0), 2)])
    const scored = await until(
      events,
      matches({ curves: { s: { errors: { lines: { m: [4] } } } } }),
    )
    expect(scored).not.toHaveProperty('curves.s.live')
    expect(scored).toHaveProperty('status.why', null)
    await events.return(undefined)
  })

  it('reads nothing while nobody listens', async () => {
    let taken = 0
    const real = pictures(server.view)
    const counting: Pictures = {
      take() {
        taken += 1
        return real.take()
      },
    }
    const watched = await serveWatching(counting)
    const socket = await listenRaw(watched.port)
    await eventually(() => taken > 3)
    socket.destroy()
    await eventually(() => watched.responses.every((response) => response.destroyed))
    const left = taken
    // Other requests take longer than the interval of 1 ms: a loop that went on would have read meanwhile.
    for (let turn = 0; turn < 20; turn++) await (await fetch(`${server.url}/api/topics`)).json()
    expect(taken - left).toBeLessThanOrEqual(1)
    await watched.close()
  })

  it('says what is wrong while the stores cannot be read, and goes on', async () => {
    const real = pictures(server.view)
    let isAway = true
    const watched = await serveWatching({
      take: () => (isAway ? Promise.reject(new Error('the disk is away')) : real.take()),
    })
    const events = listenTo(watched.port, '/')
    expect(await until(events, () => true)).toEqual({ detail: 'the disk is away' })
    isAway = false
    await until(events, matches({ status: { speed: 20 } }))
    await events.return(undefined)
    await watched.close()
  })

  it('keeps at most one message for a client that takes none, and drops it in the end', async () => {
    const real = await pictures(server.view).take()
    const bytes = 2_000_000
    let turn = 0
    const watched = await serveWatching(
      {
        async take() {
          turn += 1
          const why = `${turn} `.padEnd(bytes, 'x')
          return { status: { ...real.status, why }, curves: {} }
        },
      },
      { ...STREAM_LIMITS, stallMs: 300 },
    )
    const socket = await listenRaw(watched.port)
    socket.pause()
    let most = 0
    await eventually(() => {
      const [response] = watched.responses
      most = Math.max(most, response?.writableLength ?? 0)
      return response?.destroyed === true
    })
    expect(turn).toBeGreaterThan(10)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(2 * bytes)
    socket.destroy()
    await watched.close()
  })

  it('takes so many clients and refuses the next with 503', async () => {
    const watched = await serveWatching(pictures(server.view), { ...STREAM_LIMITS, clients: 2 })
    const sockets = [await listenRaw(watched.port), await listenRaw(watched.port)]
    await eventually(() => watched.responses.length === 2)
    const response = await fetch(`http://127.0.0.1:${watched.port}/`)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('2 clients') })
    sockets[0]?.destroy()
    await eventually(async () => {
      const again = await fetch(`http://127.0.0.1:${watched.port}/`)
      await again.body?.cancel()
      return again.status === 200
    })
    sockets[1]?.destroy()
    await watched.close()
  })

  it('says now and then that it is still there', async () => {
    const watched = await serveWatching(
      { take: () => new Promise(() => undefined) },
      { ...STREAM_LIMITS, heartbeatMs: 5 },
    )
    const socket = await listenRaw(watched.port)
    let received = ''
    socket.on('data', (part: Buffer) => {
      received += part.toString()
    })
    await eventually(() => received.includes(': still here\n\n'))
    socket.destroy()
    await watched.close()
  })
})

describe('the stream of a topic', () => {
  const append = (id: string) =>
    server.log.append([
      {
        topic: 'mltest',
        key: undefined,
        headers: { ce_specversion: '1.0', ce_id: id, ce_source: '/s', ce_type: 't' },
        value: undefined,
      },
    ])
  const ids = async (
    events: AsyncGenerator<ServerEvent, void>,
    count: number,
  ): Promise<string[]> => {
    const found: string[] = []
    while (found.length < count) {
      const event = await until(events, () => true)
      found.push(isRecord(event) ? String(event['id']) : '')
    }
    return found
  }

  it('begins with the newest, and sends each new one once', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await append(id)
    const events = listenTo(server.port, '/api/topics/mltest/stream?last=2')
    const first = await ids(events, 2)
    expect(first.toSorted()).toEqual(['c', 'd'])
    await Promise.all([append('e'), append('f')])
    await append('g')
    const next = await ids(events, 3)
    expect(next.toSorted()).toEqual(['e', 'f', 'g'])
    await events.return(undefined)
  })

  it('waits on an empty topic', async () => {
    const events = listenTo(server.port, '/api/topics/mltest/stream?last=1')
    const waiting = ids(events, 1)
    await append('first')
    expect(await waiting).toEqual(['first'])
    await events.return(undefined)
  })
})

interface Watched {
  readonly port: number
  readonly responses: ServerResponse[]
  close(): Promise<void>
}

/** Serves pictures at a short interval, and lets the test look at the responses it writes to. */
async function serveWatching(
  source: Pictures,
  limits: StreamLimits = STREAM_LIMITS,
): Promise<Watched> {
  const streams = eventStreams(limits)
  const watchers = watching(source, 1)
  const responses: ServerResponse[] = []
  const http = createServer((_, response) => {
    try {
      watchers.join(streams.open(response))
      responses.push(response)
    } catch (error) {
      if (error instanceof ProblemError) answerProblem(response, error)
    }
  })
  return {
    port: await listenOnFreePort(http),
    responses,
    close: () => closeServer(http),
  }
}

async function listenRaw(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  return socket
}
