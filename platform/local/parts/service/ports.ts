import { randomInt } from 'node:crypto'
import net from 'node:net'

/** Loopback ports for the platform's processes; one for the whole platform, so that no two of them get the same. */
export interface Ports {
  /** A port that nobody listens on now. Rejects when none is found. */
  take(): Promise<number>
  /** Its process has ended. */
  release(port: number): void
}

// Below the ranges that Linux (32768) and macOS (49152) take the ports of outgoing connections from: between the
// choice of a port and the listening of its process no connection of anybody's can occupy it.
const FIRST = 20_000
const END = 30_000
const ATTEMPTS = 200

export function createPorts(): Ports {
  const taken = new Set<number>()
  return {
    async take() {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const port = randomInt(FIRST, END)
        if (taken.has(port)) continue
        taken.add(port)
        if (await isFree(port)) return port
        taken.delete(port)
      }
      throw new Error(
        `found no free port between ${FIRST} and ${END} on 127.0.0.1 in ${ATTEMPTS} tries; end some of the programs that listen there`,
      )
    },
    release(port) {
      taken.delete(port)
    },
  }
}

function isFree(port: number): Promise<boolean> {
  const server = net.createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
