import type { DeadLetters } from '../../functions/lib/ports/dead-letters.ts'
import type { Models } from '../../functions/lib/ports/models.ts'
import type { Rows } from '../../functions/lib/ports/rows.ts'
import type { Scores } from '../../functions/lib/ports/scores.ts'
import type { States } from '../../functions/lib/ports/states.ts'
import type { StoreSummary } from '../../functions/lib/ports/store-summary.ts'
import type { Broker } from './broker/broker.ts'
import type { Clock } from './clock.ts'

export interface ServiceStatus {
  readonly name: string
  readonly namespace: string
  /** The one that requests are sent to. */
  readonly revision: string
  /** The one that follows once it is ready. */
  readonly next?: string
  /**
   * `idle`: scaled to zero, the next request starts it. `failing`: its processes end or never become ready, and are
   * started again with growing pauses.
   */
  readonly state: 'starting' | 'ready' | 'idle' | 'failing' | 'stopped'
  readonly instances: number
  /** How many the autoscaler wants, and whether it is in panic: a surge has come, and none is taken away. */
  readonly desired: number
  readonly isPanicking: boolean
  /** Whether the activator stands in the way of requests and holds what finds no place; else each instance does. */
  readonly isProxied: boolean
  /** Requests being answered, and requests waiting for a place or for the process. */
  readonly inFlight: number
  readonly queued: number
  readonly restarts: number
  /** Where the gateway serves it, e.g. `http://predict.nowcast.localhost:8080`. */
  readonly url: string
}

export interface SourceStatus {
  readonly kind: 'KafkaSource' | 'PingSource'
  readonly name: string
  readonly namespace: string
  /** Events whose delivery ended well, attempts that were repeated, events sent to the dead letter sink, events lost. */
  readonly delivered: number
  readonly retried: number
  readonly deadLettered: number
  readonly dropped: number
  /** Of a KafkaSource: its group and what it has not finished yet, by topic. */
  readonly group?: string
  readonly lag?: readonly { readonly topic: string; readonly records: number }[]
  /** Of a PingSource: when it fires next, virtual milliseconds. */
  readonly next?: number
}

/** What functions have stored, when the folder declares a database. */
export interface Stores {
  readonly rows: Rows
  readonly scores: Scores
  readonly models: Models
  readonly states: States
  readonly deadLetters: DeadLetters
  /** All that is stored, in figures; undefined of a database server, which may hold more than this run's. */
  readonly summary?: () => Promise<StoreSummary>
  /** A hash of each table, equal for equal runs; undefined of a database server. */
  readonly digests?: () => Promise<Record<string, string>>
}

/** What the console and the terminal may see of a running platform. */
export interface View {
  readonly clock: Clock
  readonly broker: Broker
  readonly stores: Stores | undefined
  services(): ServiceStatus[]
  sources(): Promise<SourceStatus[]>
}
