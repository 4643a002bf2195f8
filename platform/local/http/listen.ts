import http from 'node:http'
import type { Handler } from './serve.ts'

/** A server on loopback. */
export interface Listening {
  readonly port: number
  /** Takes no new connection, lets requests in flight finish for at most `graceMs` wall milliseconds, then cuts them. */
  readonly close: (graceMs: number) => Promise<void>
}

/**
 * Listens on the loopback addresses only, the same port on each: 127.0.0.1, and ::1 where the machine has it, because
 * `localhost` may mean either. Port 0 takes a free one. Rejects with the system's error (`code`, `port`).
 */
export async function listenOnLoopback(port: number, handler: Handler): Promise<Listening> {
  for (let attempt = 1; ; attempt++) {
    const servers = [await listen('127.0.0.1', port, handler)]
    const taken = portOf(servers)
    try {
      servers.push(await listen('::1', taken, handler))
    } catch (error) {
      if (!hasNoIPv6(error)) {
        await close(servers, 0)
        // Another program has the port on ::1 only: with a port of our choice, take another one.
        if (port !== 0 || attempt === 20) throw error
        continue
      }
    }
    return { port: taken, close: (graceMs) => close(servers, graceMs) }
  }
}

function listen(host: string, port: number, handler: Handler): Promise<http.Server> {
  // A large body may take its time: what limits a request is the Service's own timeout.
  const server = http.createServer({ requestTimeout: 0 }, handler)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, ipv6Only: true }, () => {
      server.off('error', reject)
      // A connection that could not be taken (out of file handles) is its caller's to try again, not our end.
      server.on('error', () => undefined)
      resolve(server)
    })
  })
}

function portOf(servers: readonly http.Server[]): number {
  const address = servers[0]?.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  return address.port
}

async function close(servers: readonly http.Server[], graceMs: number): Promise<void> {
  const closed = servers.map(
    (server) => new Promise<void>((resolve) => server.close(() => resolve())),
  )
  const cut = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), graceMs)
  await Promise.all(closed)
  clearTimeout(cut)
}

function hasNoIPv6(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')
  )
}
