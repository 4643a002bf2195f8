import http from 'node:http'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Answer, Exchange } from '../../exchange.ts'
import type { Facts } from '../../facts.ts'
import type { Deadline } from '../../http/deadline.ts'
import { CutError, forward, NotSentError } from '../../http/forward.ts'
import type { ServiceManifest } from '../../manifests/inventory.ts'
import type { ContainerEnvironment } from '../environment.ts'
import { expand } from '../expand.ts'
import { watchHealth } from './health.ts'
import { readOutput } from './output.ts'
import type { Ports } from './ports.ts'
import { run } from './process.ts'
import type { Command, Running } from './process.ts'
import { variablesFor } from './variables.ts'

export interface InstanceNeeds {
  readonly manifest: ServiceManifest
  /** E.g. `predict-00001`. */
  readonly revision: string
  /** The folder whose manifests run. */
  readonly folder: string
  readonly facts: Facts
  readonly ports: Ports
  /** Resolves the container's environment; throws when something it needs is missing. */
  readonly environment: (manifest: ServiceManifest) => ContainerEnvironment
  /** Wall milliseconds in which it must become ready, or it is ended; Knative's is ten minutes. */
  readonly progressDeadlineMs: number
  /** Where Node keeps what it has compiled, so that the next start need not. */
  readonly compileCache: string
  /** Called after it became ready or stopped being so. */
  readonly onChange: () => void
  /** Called after it has room for one request more. */
  readonly onRoom: () => void
}

/** How an instance ended. */
export interface Ending {
  /** E.g. `exit code 1`. */
  readonly why: string
  /** The last lines of its stderr. */
  readonly lastLines: readonly string[]
  /** How long it had been ready, wall milliseconds. */
  readonly readyForMs: number
}

/** One process of a Service. */
export interface Instance {
  readonly pid: number | undefined
  readonly isReady: boolean
  /** Requests it is answering. */
  readonly inFlight: number
  /** Resolves when it has ended and nothing of it is left; never rejects. */
  readonly ended: Promise<Ending>
  /** Takes a place for one request, which `send` gives back; false when it has none, or is not ready. */
  readonly reserve: () => boolean
  /** As `forward`: rejects with `NotSentError`, `CutError` or the deadline's reason. */
  readonly send: (exchange: Exchange, deadline: Deadline, onClose: () => void) => Promise<Answer>
  /**
   * Ends it as Knative ends a pod: SIGTERM once nothing is in flight, or after thirty seconds without a new request;
   * SIGKILL after the Service's `timeoutSeconds`, which is a pod's grace period.
   */
  readonly retire: () => Promise<void>
  /** Ends it within four seconds: SIGTERM once nothing is in flight or after two, SIGKILL after three. */
  readonly stop: () => Promise<void>
}

const DRAIN_MS = 2_000
const STOP_MS = 3_000
// Knative's queue-proxy waits so long without a new request before its container gets SIGTERM.
const QUIET_MS = 30_000
// Without a limit of its own an instance still has a bound: so many sockets to one process.
const UNLIMITED = 1_000

/** Starts one process of a Service. Rejects when its environment or a port is missing; a bad command is an end. */
export async function startInstance(needs: InstanceNeeds): Promise<Instance> {
  const { manifest, facts, ports } = needs
  const { variables: declared, local } = needs.environment(manifest)
  const port = await ports.take()
  const variables = variablesFor(needs, declared, port)
  const folder = workingFolder(needs.folder, manifest)
  const command = manifest.command.map((part) => local(expand(part, variables)))
  const running = start({ command, folder, variables }, () => ports.release(port))
  const lastLines = readOutput(manifest.name, running, facts)
  const agent = new http.Agent({ keepAlive: true, maxSockets: UNLIMITED })
  const host = `${manifest.name}.${manifest.namespace}.svc.cluster.local`
  const target = { scheme: 'http', host: '127.0.0.1', port, agent } as const
  const places = manifest.containerConcurrency === 0 ? UNLIMITED : manifest.containerConcurrency
  const over = new AbortController()
  let givenUp: string | undefined
  let inFlight = 0
  let onIdle: (() => void) | undefined

  const health = watchHealth({
    probes: manifest,
    probed: { port, folder, variables },
    progressDeadlineMs: needs.progressDeadlineMs,
    over: over.signal,
    onChange: needs.onChange,
    onSilence: (afterMs) =>
      facts('warn', `Service ${manifest.name}`, `is not ready after ${afterMs / 1_000} s`, {
        port,
        hint: 'it must listen on the port that PORT names',
      }),
    giveUp: (why) => {
      givenUp = why
      running.kill()
    },
  })
  const ended = running.ended.then(({ words }) => {
    over.abort()
    closeIdle(agent)
    ports.release(port)
    return { why: givenUp ?? words, lastLines: lastLines(), readyForMs: health.readyForMs }
  })
  const leave = () => {
    inFlight--
    if (inFlight === 0) onIdle?.()
    needs.onRoom()
  }
  const idle = async (longestMs: number) => {
    if (inFlight === 0) return
    const done = new Promise<void>((resolve) => (onIdle = resolve))
    await Promise.race([done, ended, pause(longestMs, undefined, { ref: false })])
  }
  const finish = async (drainMs: number, killMs: number) => {
    const kill = setTimeout(running.kill, killMs)
    await idle(drainMs)
    // An idle connection would keep a careful server from ending.
    closeIdle(agent)
    running.terminate()
    await ended
    clearTimeout(kill)
  }

  return {
    pid: running.pid,
    ended,
    get isReady() {
      return health.isReady
    },
    get inFlight() {
      return inFlight
    },
    reserve() {
      if (!health.isReady || inFlight >= places) return false
      inFlight++
      return true
    },
    async send(exchange, deadline, onClose) {
      try {
        const close = (end: 'done' | 'cut') => {
          if (end === 'cut') health.doubt()
          leave()
          onClose()
        }
        return await forward(exchange, { target, host, deadline, onClose: close })
      } catch (error) {
        leave()
        if (error instanceof NotSentError || error instanceof CutError) health.doubt()
        throw error
      }
    },
    retire: () => finish(QUIET_MS, Math.max(QUIET_MS, manifest.timeoutSeconds * 1_000)),
    stop: () => finish(DRAIN_MS, STOP_MS),
  }
}

function start(command: Command, onFailure: () => void): Running {
  try {
    return run(command)
  } catch (error) {
    onFailure()
    throw error
  }
}

// An absolute path is one of the image, whose root is the folder here; it never leaves the folder.
function workingFolder(folder: string, { workingDirectory }: ServiceManifest): string {
  return path.join(folder, path.normalize(`/${workingDirectory ?? ''}`))
}

// Connections in use are left alone: the last words of a process may still be on their way.
function closeIdle(agent: http.Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy()
  }
}
