import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { Transform } from 'node:stream'

/** A TCP link to a server, on a port of its own, that can be cut: then nobody answers on its port. */
export interface CuttableLink {
  readonly port: number
  cut(): Promise<void>
  mend(): Promise<void>
  /** From now on what is sent waits, both ways, until it may flow. */
  hold(): void
  flow(): void
}

/** Lays a link to a port on loopback; it is whole at first, or cut when `cut` says so. */
export async function layLink(target: number, { cut = false } = {}): Promise<CuttableLink> {
  const sockets = new Set<Socket>()
  let open: Promise<void> | undefined
  let flow: (() => void) | undefined
  const gate = () =>
    new Transform({
      async transform(chunk, _encoding, done) {
        await open
        done(undefined, chunk)
      },
    })
  const server = createServer((socket) => {
    const onward = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(from)
      from
        .on('error', () => to.destroy())
        .on('close', () => {
          sockets.delete(from)
          to.destroy()
        })
      from.pipe(gate()).pipe(to)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the link has no port')
  const { port } = address
  const link: CuttableLink = {
    port,
    async cut() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    async mend() {
      if (server.listening) return
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    hold() {
      if (open !== undefined) return
      open = new Promise((resolve) => (flow = resolve))
    },
    flow() {
      open = undefined
      flow?.()
    },
  }
  if (cut) await link.cut()
  return link
}
