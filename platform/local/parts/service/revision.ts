import type { Clock } from '../../clock.ts'
import type { Facts } from '../../facts.ts'
import type { ServiceManifest } from '../../manifests/inventory.ts'
import type { ContainerEnvironment } from '../environment.ts'
import type { Way } from './activator.ts'
import { scalingRules } from './autoscaling/scaling-rules.ts'
import { createBreaker } from './breaker.ts'
import { startInstance } from './instance.ts'
import type { Ending, Instance } from './instance.ts'
import { createPool } from './pool.ts'
import type { Ports } from './ports.ts'
import { createScaler } from './scaler.ts'

export interface RevisionNeeds {
  readonly manifest: ServiceManifest
  /** E.g. `predict-00001`. */
  readonly name: string
  readonly folder: string
  readonly facts: Facts
  readonly clock: Clock
  readonly ports: Ports
  readonly compileCache: string
  readonly environment: (manifest: ServiceManifest) => ContainerEnvironment
  /** Called once, when so many instances are ready as it begins with. */
  readonly onReady: () => void
  /** Told of an instance's end first; true when nothing more need be said about it. */
  readonly onEnd: (ending: Ending) => boolean
}

/** A Service as it was at one moment, its instances scaled by what is asked of it. */
export interface Revision {
  readonly name: string
  readonly manifest: ServiceManifest
  readonly way: Way
  /** Resolves once its first instances were started; rejects when one could not be, e.g. without a Secret it needs. */
  readonly started: () => Promise<void>
  readonly status: () => RevisionStatus
  readonly pids: () => number[]
  /** Lets its instances finish what they have, and ends them. */
  readonly retire: () => Promise<void>
  /** Ends its instances within about four seconds. */
  readonly close: () => Promise<void>
}

interface RevisionStatus {
  readonly ready: number
  /** Instances there are or will be, without those that are leaving. */
  readonly size: number
  readonly desired: number
  readonly isPanicking: boolean
  readonly isFailing: boolean
  readonly inFlight: number
  readonly queued: number
  readonly restarts: number
}

const BUFFERED_REQUESTS = 10_000
const QUEUED_PER_PLACE = 10
const PROGRESS_DEADLINE_MS = 600_000
/** Of config-defaults; it counts only below a Service's own timeout. */
const RESPONSE_START_SECONDS = 300

/** Starts a revision with the instances it begins with. */
export function startRevision(needs: RevisionNeeds): Revision {
  const { manifest, name, clock, facts } = needs
  const rules = scalingRules(manifest, {
    progressDeadlineMs: PROGRESS_DEADLINE_MS * clock.speed,
  })
  const first = Math.max(rules.bounds.initialScale, rules.bounds.minScale)
  const who = `Service ${manifest.name}`
  let isReady = false

  const pool = createPool({
    who,
    facts,
    start: (onChange) =>
      startInstance({
        ...needs,
        revision: name,
        progressDeadlineMs: PROGRESS_DEADLINE_MS,
        onChange,
        onRoom: () => breaker.wake(),
      }),
    onChange() {
      scaler.changed()
      breaker.wake()
      if (isReady || pool.ready < first) return
      isReady = true
      needs.onReady()
    },
    onEnd: needs.onEnd,
  })
  const resize = (instances: number) => {
    if (instances === pool.size) return
    facts('info', who, `goes from ${pool.size} to ${instances} instances`, { revision: name })
    pool.resize(instances)
  }
  const scaler = createScaler({ rules, clock, ready: () => pool.ready, resize })
  // The activator holds what finds no place; without it each instance's queue-proxy holds ten times its places. What had
  // gathered at the activator is none of the queue-proxies'.
  let isGathered = true
  const longest = () => {
    const ofProxies = pool.ready * manifest.containerConcurrency * QUEUED_PER_PLACE
    if (scaler.isProxied) isGathered = true
    else if (breaker.queued <= ofProxies) isGathered = false
    const isHeld = isGathered || manifest.containerConcurrency === 0
    return isHeld ? BUFFERED_REQUESTS : ofProxies
  }
  const breaker = createBreaker<Instance>({ take: pool.take, longest })
  pool.resize(first)

  return {
    name,
    manifest,
    way: {
      breaker,
      limits: limitsOf(manifest),
      idleMs: manifest.idleTimeoutSeconds * 1_000,
      isProxied: () => scaler.isProxied,
      arrive: scaler.arrive,
      leave: scaler.leave,
    },
    started: pool.started,
    status: () => ({
      ready: pool.ready,
      size: pool.size,
      desired: scaler.desired,
      isPanicking: scaler.isPanicking,
      isFailing: pool.isFailing,
      inFlight: pool.inFlight(),
      queued: breaker.queued,
      restarts: pool.restarts,
    }),
    pids: pool.pids,
    async retire() {
      scaler.close()
      await pool.retire()
    },
    async close() {
      scaler.close()
      await pool.close()
    },
  }
}

function limitsOf(manifest: ServiceManifest): Way['limits'] {
  const { timeoutSeconds, responseStartTimeoutSeconds, idleTimeoutSeconds } = manifest
  const start = responseStartTimeoutSeconds ?? RESPONSE_START_SECONDS
  // Nothing written yet is a silence, too.
  const begins = [start, idleTimeoutSeconds].filter((seconds) => seconds > 0)
  return {
    beginMs: Math.min(timeoutSeconds, ...begins) * 1_000,
    wholeMs: timeoutSeconds * 1_000,
  }
}
