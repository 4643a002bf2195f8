import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

import { getJson } from '../client.ts'
import { until } from './wait.ts'

const CLI = fileURLToPath(new URL('../../nowcast.ts', import.meta.url))
const START_MS = 120_000
const STOP_MS = 30_000

const factShape = z.looseObject({ who: z.string(), fact: z.string() })
const statusShape = z.object({
  sources: z.array(
    z.object({
      name: z.string(),
      dropped: z.number(),
      lag: z.optional(z.array(z.object({ topic: z.string(), records: z.number() }))),
    }),
  ),
  topics: z.array(z.object({ topic: z.string(), newest: z.number() })),
})

/** A `nowcast start` as a process of its own. */
export interface PlatformProcess {
  readonly port: number
  /** The processes of a Service that live now, as the platform told it. */
  pids(service: string): number[]
  /** Asks a Service something, so that it has a process when the answer comes. */
  wake(service: string): Promise<void>
  status(): Promise<z.infer<typeof statusShape>>
  /** SIGTERM, and waits for the end of all its processes. */
  stop(): Promise<void>
  /** SIGKILL to the platform alone, and waits for the end of all its processes. */
  kill(): Promise<void>
}

/** Starts a platform in a folder, on a free port. Rejects, saying what it printed last, when it does not start. */
export async function startPlatformProcess(
  folder: string,
  args: readonly string[],
): Promise<PlatformProcess> {
  const child = spawn(process.execPath, [CLI, 'start', folder, '--port', '0', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const facts: z.infer<typeof factShape>[] = []
  const problems: string[] = []
  const known = new Map<number, string>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const fact = factShape.safeParse(JSON.parse(line)).data
    if (fact === undefined) return
    facts.push(fact)
    const { who, pid } = fact
    if (typeof pid === 'number' && fact.fact.startsWith('is ready')) known.set(pid, who)
  })
  createInterface({ input: child.stderr }).on('line', (line) => problems.push(line))
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const addressOf = () => facts.find(({ address }) => typeof address === 'string')?.['address']
  await until('the platform is up', () => hasEnded() || addressOf() !== undefined, {
    deadlineMs: START_MS,
  })
  const address = addressOf()
  if (typeof address !== 'string') {
    throw new Error(`the platform did not start:\n${problems.join('\n')}`)
  }
  const port = Number(new URL(address).port)

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const gone = hasEnded() ? Promise.resolve() : once(child, 'exit')
    child.kill(signal)
    await gone
    // What it started ends by itself, and only then may another platform take the state.
    await until(
      'the processes of the platform have ended',
      () => ![...known.keys()].some(isAlive),
      { deadlineMs: STOP_MS },
    )
  }

  return {
    port,
    pids: (service) =>
      [...known]
        .filter(([pid, who]) => who === `Service ${service}` && isAlive(pid))
        .map(([pid]) => pid),
    wake: (service) =>
      until(`${service} answers`, () => isReady(port, service), { deadlineMs: START_MS }),
    status: () => getJson(port, '/api/status', statusShape),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

function isReady(port: number, service: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const headers = { host: `${service}.nowcast.localhost:${port}` }
    get({ host: '127.0.0.1', port, path: '/readyz', headers, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    }).on('error', reject)
  })
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
