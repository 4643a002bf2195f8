import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { CommandFailure } from '../failure.ts'

/** A way from a port of this machine's loopback to a Service in the cluster. */
export interface Forwarded {
  readonly port: number
  close(): Promise<void>
}

/** Opens one to a port of a Service, on a free port here. */
export async function forward(
  context: string,
  namespace: string,
  service: string,
  port: number,
): Promise<Forwarded> {
  const child = spawn(
    'kubectl',
    [
      '--context',
      context,
      '--namespace',
      namespace,
      'port-forward',
      `service/${service}`,
      `:${port}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  child.stderr.on('data', (text: Buffer) => (said += text.toString()))
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout })) {
    const chosen = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line)?.[1]
    if (chosen === undefined) continue
    return {
      port: Number(chosen),
      async close() {
        child.kill()
        await ended
      },
    }
  }
  await ended
  throw new CommandFailure(`no port could be forwarded to ${service}: ${said.trim()}`)
}
