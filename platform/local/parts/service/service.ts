import { describeError } from '../../../../functions/lib/log.ts'
import type { Clock } from '../../clock.ts'
import type { Addressable } from '../../exchange.ts'
import type { Facts } from '../../facts.ts'
import type { ServiceManifest } from '../../manifests/inventory.ts'
import type { ServiceStatus } from '../../view.ts'
import type { ContainerEnvironment } from '../environment.ts'
import { createActivator } from './activator.ts'
import type { Ending } from './instance.ts'
import type { Ports } from './ports.ts'
import { startRevision } from './revision.ts'
import type { Revision } from './revision.ts'
import { startFailure } from './start-failure.ts'
import { revisionName } from './variables.ts'

export interface ServiceNeeds {
  /** The folder whose manifests run; commands run in it. */
  readonly folder: string
  readonly facts: Facts
  readonly clock: Clock
  /** One for the whole platform. */
  readonly ports: Ports
  /** A folder for what Node compiles of functions. */
  readonly compileCache: string
  /** Resolves a container's environment at every start; throws when something it needs is missing. */
  readonly environment: (manifest: ServiceManifest) => ContainerEnvironment
  /** Where the gateway listens. */
  readonly gatewayPort: number
}

/** A Service that runs. Requests may be sent at once: they wait until an instance is ready. */
export interface RunningService extends Addressable {
  readonly status: () => ServiceStatus
  /** The pids of its processes now. */
  readonly pids: () => number[]
  /**
   * Starts a further revision, of this manifest and of the code as it is now, and sends requests there once it is
   * ready; the one before finishes what it has. One that does not start changes nothing, which is told once.
   */
  readonly update: (manifest: ServiceManifest, why: string) => void
  /** Takes no more requests, lets those in flight finish and ends its processes, within about four seconds. */
  readonly close: () => Promise<void>
}

/**
 * Runs what a Service manifest declares: its container's command as processes in the folder, as many as are asked for.
 *
 * Rejects when it has no command or its environment cannot be resolved. A process that ends is started again, also
 * when that happens at once: it shows as `failing`, and one fact says why.
 */
export async function startService(
  manifest: ServiceManifest,
  needs: ServiceNeeds,
): Promise<RunningService> {
  const { name, namespace, file, line } = manifest
  const { facts } = needs
  if (manifest.command.length === 0) {
    throw new Error(
      `Service ${name} (${file}:${line}) has no command: here a Service runs by its container's command, so give it one, e.g. command: [node, index.js]`,
    )
  }
  const who = `Service ${name}`
  const leaving = new Set<Revision>()
  let made = 0
  // Gets the requests.
  let current = make(
    manifest,
    () => undefined,
    () => false,
  )
  // Gets them once it is ready.
  let next: Revision | undefined
  let isStopped = false
  const activator = createActivator(current.way)
  try {
    await current.started()
  } catch (error) {
    await current.close()
    throw error
  }

  function make(
    of: ServiceManifest,
    onReady: () => void,
    onEnd: (ending: Ending) => boolean,
  ): Revision {
    made++
    return startRevision({ ...needs, manifest: of, name: revisionName(name, made), onReady, onEnd })
  }

  const dismiss = (revision: Revision, how: 'retire' | 'close') => {
    leaving.add(revision)
    void revision[how]().then(() => leaving.delete(revision))
  }

  const promote = (revision: Revision) => {
    const before = current
    current = revision
    next = undefined
    activator.moveTo(revision.way)
    dismiss(before, 'retire')
  }

  const update = (changed: ServiceManifest, why: string) => {
    if (isStopped) return
    if (next !== undefined) dismiss(next, 'close')
    let isTold = false
    const refuse = (reason: string) => {
      if (!isTold)
        facts('error', who, `keeps ${current.name}: ${revision.name} does not start: ${reason}`)
      isTold = true
    }
    const revision: Revision = make(
      changed,
      () => {
        if (revision !== next) return
        promote(revision)
        facts('info', who, `now runs ${revision.name}: ${why}`, { revision: revision.name })
      },
      (ending) => {
        if (revision !== next) return revision !== current
        refuse(startFailure(ending, needs.folder))
        return true
      },
    )
    next = revision
    revision.started().catch((error: unknown) => {
      if (revision !== next) return
      refuse(describeError(error))
      next = undefined
      dismiss(revision, 'close')
    })
    // What does not stay up serves nobody: those who wait, wait for the new one.
    const { ready, isFailing } = current.status()
    if (isFailing && ready === 0) promote(revision)
  }

  const state = (): ServiceStatus['state'] => {
    const { ready, isFailing, desired, size } = current.status()
    if (isStopped) return 'stopped'
    if (ready > 0) return 'ready'
    if (isFailing) return 'failing'
    return desired === 0 && size === 0 ? 'idle' : 'starting'
  }
  const all = () => [current, ...(next === undefined ? [] : [next]), ...leaving]
  const sum = (of: 'inFlight' | 'queued' | 'restarts') =>
    all().reduce((total, revision) => total + revision.status()[of], 0)

  return {
    url: `http://${name}.${namespace}.svc.cluster.local`,
    send: activator.send,
    status: () => ({
      name,
      namespace,
      revision: current.name,
      ...(next === undefined ? {} : { next: next.name }),
      state: state(),
      instances: isStopped ? 0 : current.status().size,
      desired: current.status().desired,
      isPanicking: current.status().isPanicking,
      isProxied: current.way.isProxied(),
      inFlight: sum('inFlight'),
      queued: sum('queued'),
      restarts: sum('restarts'),
      url: `http://${name}.${namespace}.localhost:${needs.gatewayPort}`,
    }),
    pids: () => all().flatMap((revision) => revision.pids()),
    update,
    async close() {
      isStopped = true
      activator.close()
      await Promise.all(all().map((revision) => revision.close()))
    },
  }
}
