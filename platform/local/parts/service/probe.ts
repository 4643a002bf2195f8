import http from 'node:http'
import net from 'node:net'
import type { Probe } from '../../manifests/inventory.ts'
import { run } from './process.ts'
import type { Command } from './process.ts'

/** What a probe looks at: a port on 127.0.0.1, and where an exec probe's command runs. */
export interface Probed extends Omit<Command, 'command'> {
  readonly port: number
}

/** Knative's default: can the port be connected to? */
export const DEFAULT_PROBE: Probe = {
  kind: 'tcp',
  path: undefined,
  port: undefined,
  headers: {},
  command: [],
  initialDelaySeconds: 0,
  periodSeconds: 0,
  timeoutSeconds: 0,
  successThreshold: 1,
  failureThreshold: 0,
}

// Knative's queue-proxy asks a probe without a period every 50 ms. Nobody can see the difference but whoever waits for
// a start from zero: on loopback the question costs next to nothing.
const EAGER_PERIOD_MS = 20
const EAGER_CONNECT_MS = 100

/** Wall milliseconds between two questions. */
export function periodOf(probe: Probe): number {
  return probe.periodSeconds > 0 ? probe.periodSeconds * 1_000 : EAGER_PERIOD_MS
}

/**
 * Asks once. Any port a probe names is the process's own: a Knative container has one. Never rejects: what cannot be
 * asked is a no.
 */
export function ask(probe: Probe, probed: Probed): Promise<boolean> {
  const timeoutMs = Math.max(1, probe.timeoutSeconds) * 1_000
  switch (probe.kind) {
    case 'tcp':
      return connects(probed.port, probe.periodSeconds > 0 ? timeoutMs : EAGER_CONNECT_MS)
    case 'http':
      return answers(probe, probed.port, timeoutMs)
    case 'exec':
      return succeeds({ ...probed, command: probe.command }, timeoutMs)
  }
}

function connects(port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port })
    const done = (answer: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => done(false), timeoutMs)
    socket.once('connect', () => done(true))
    socket.on('error', () => done(false))
  })
}

function answers({ path, headers }: Probe, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({
      host: '127.0.0.1',
      port,
      path: path ?? '/',
      headers: { 'user-agent': 'kube-probe/nowcast', ...headers },
      agent: false,
    })
    const done = (answer: boolean) => {
      clearTimeout(timer)
      request.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => done(false), timeoutMs)
    request.once('response', ({ statusCode = 0 }) => done(statusCode >= 200 && statusCode < 400))
    request.on('error', () => done(false))
  })
}

async function succeeds(command: Command, timeoutMs: number): Promise<boolean> {
  try {
    const running = run(command)
    running.stdout.resume()
    running.stderr.resume()
    const timer = setTimeout(running.kill, timeoutMs)
    const exit = await running.ended
    clearTimeout(timer)
    return exit.code === 0
  } catch {
    // A machine that can start no process now answers as a probe that fails; the process itself has its own facts.
    return false
  }
}
