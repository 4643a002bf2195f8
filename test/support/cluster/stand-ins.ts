import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** A command as a stand-in was called. */
export interface Call {
  readonly program: string
  readonly words: readonly string[]
  readonly input: string
}

/** What a stand-in is to answer. */
export interface Answer {
  readonly code?: number
  readonly stdout?: string
  readonly stderr?: string
  /** Then it goes on running until it is ended. */
  readonly stays?: boolean
}

/** Programs on a PATH of their own that ask this process what to answer. */
export interface StandIns {
  /** The environment in which they are found before the real ones. */
  readonly environment: NodeJS.ProcessEnv
  close(): Promise<void>
}

const SCRIPT = fileURLToPath(new URL('stand-in.sh', import.meta.url))

export async function startStandIns(
  programs: readonly string[],
  answer: (call: Call) => Answer,
): Promise<StandIns> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stand-ins-'))
  for (const program of programs) symlinkSync(SCRIPT, path.join(folder, program))
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let text = ''
    socket.setEncoding('utf8')
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: string) => {
      text += chunk
      const [count = '', program = '', ...rest] = text.split('\0')
      // The words, the input, and what stands after the last separator.
      if (rest.length < Number(count) + 2) return
      const words = rest.slice(0, Number(count))
      reply(socket, answer({ program, words, input: rest[Number(count)] ?? '' }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    environment: {
      ...process.env,
      PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}`,
      STAND_IN_PORT: String(portOf(server.address())),
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true })
    },
  }
}

function reply(
  socket: Socket,
  { code = 0, stdout = '', stderr = '', stays = false }: Answer,
): void {
  socket.write(`${code} ${stays ? 1 : 0} ${Buffer.byteLength(stdout)}\n${stdout}`)
  if (!stays) socket.end(stderr)
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
