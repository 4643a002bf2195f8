import type { Addressable } from '../../exchange.ts'
import type { Facts } from '../../facts.ts'
import type { ServiceManifest } from '../../manifests/inventory.ts'
import type { ServiceStatus } from '../../view.ts'
import type { ContainerEnvironment } from '../environment.ts'
import { createActivator } from './activator.ts'
import { createBreaker } from './breaker.ts'
import { startInstance } from './instance.ts'
import { keepInstances } from './instances.ts'
import type { Ports } from './ports.ts'
import { revisionOf } from './variables.ts'

export interface ServiceNeeds {
  /** The folder whose manifests run; commands run in it. */
  readonly folder: string
  readonly facts: Facts
  /** One for the whole platform. */
  readonly ports: Ports
  /** Resolves a container's environment at every start; throws when something it needs is missing. */
  readonly environment: (manifest: ServiceManifest) => ContainerEnvironment
  /** Where the gateway listens. */
  readonly gatewayPort: number
}

/** A Service that runs. Requests may be sent at once: they wait until its process is ready. */
export interface RunningService extends Addressable {
  readonly status: () => ServiceStatus
  /** The pids of its processes now. */
  readonly pids: () => number[]
  /** Takes no more requests, lets those in flight finish and ends its processes, within about four seconds. */
  readonly close: () => Promise<void>
}

const BUFFERED_REQUESTS = 10_000
const PROGRESS_DEADLINE_MS = 600_000

/**
 * Runs what a Service manifest declares: its container's command as a process in the folder.
 *
 * Rejects when it has no command or its environment cannot be resolved. A process that ends is started again, also
 * when that happens at once: it shows as `failing`, and one fact says why.
 */
export async function startService(
  manifest: ServiceManifest,
  needs: ServiceNeeds,
): Promise<RunningService> {
  const { name, namespace, file, line } = manifest
  if (manifest.command.length === 0) {
    throw new Error(
      `Service ${name} (${file}:${line}) has no command: here a Service runs by its container's command, so give it one, e.g. command: [node, index.js]`,
    )
  }
  const breaker = createBreaker({
    concurrency: manifest.containerConcurrency,
    buffer: BUFFERED_REQUESTS,
  })
  const instances = await keepInstances({
    who: `Service ${name}`,
    facts: needs.facts,
    start: (onChange) =>
      startInstance({ ...needs, manifest, progressDeadlineMs: PROGRESS_DEADLINE_MS, onChange }),
    onReady: breaker.resize,
  })
  const activator = createActivator({
    breaker,
    timeoutMs: manifest.timeoutSeconds * 1_000,
    pick: instances.pick,
  })
  let isStopped = false

  const state = () => {
    if (isStopped) return 'stopped'
    if (instances.ready > 0) return 'ready'
    return instances.isFailing ? 'failing' : 'starting'
  }
  return {
    url: `http://${name}.${namespace}.svc.cluster.local`,
    send: activator.send,
    status: () => ({
      name,
      namespace,
      revision: revisionOf(manifest),
      state: state(),
      instances: instances.pids().length,
      inFlight: breaker.inFlight,
      queued: breaker.queued,
      restarts: instances.restarts,
      url: `http://${name}.${namespace}.localhost:${needs.gatewayPort}`,
    }),
    pids: instances.pids,
    async close() {
      isStopped = true
      activator.close()
      await instances.close()
    },
  }
}
