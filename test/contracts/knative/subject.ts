import type { LogRecord, NewRecord } from '../../../platform/local/log/event-log.ts'
import type { RunningPlatform } from '../../support/running-platform.ts'

/** A platform that runs manifests as Knative does: the laptop's, or Knative itself. */
export interface Subject {
  readonly name: string
  readonly traits: Traits
  /**
   * Runs manifests: YAML documents without a namespace, whose Services start `[node, functions/<name>.mjs]`, a file of
   * the folder beside this one. Resolves once every Service can be asked. What is deployed is alone in its namespace.
   */
  deploy(manifests: string, options?: DeployOptions): Promise<Deployment>
}

/** What a subject cannot do is skipped, and the output says so. */
interface Traits {
  /** KafkaTopic, KafkaSource and KafkaSink run, and `Deployment.laptop` is there. */
  readonly isLaptop: boolean
}

export interface DeployOptions {
  /** Virtual seconds per second of the wall; a cluster has 1. */
  readonly speed?: number
  /** What topics hold before any source reads them. */
  readonly records?: readonly NewRecord[]
}

export interface Request {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Deployment {
  readonly namespace: string
  /** Asks a Service from outside, as any client does: through the ingress. */
  request(service: string, request?: Request): Promise<Answer>
  /** Hands over all manifests once more, some of them changed; what they change comes after that. */
  change(manifests: string): Promise<void>
  /** How many instances of a Service run now. */
  instances(service: string): Promise<number>
  /** What only a laptop can show. */
  readonly laptop: Laptop | undefined
  /** Stops it and leaves nothing behind. */
  remove(): Promise<void>
}

/** A hook for what a cluster shows to nobody, or not within seconds. */
export interface Laptop {
  /** Holds `functions/manifests.yaml` and, beside it, the functions. */
  readonly folder: string
  /** The platform that runs now: another one after a restart. */
  platform(): RunningPlatform
  /** Stops the platform, or kills it, and starts it on the same state, perhaps with other manifests or more records. */
  restart(change?: {
    readonly manifests?: string
    readonly records?: readonly NewRecord[]
    readonly isKilled?: boolean
  }): Promise<void>
  /** Stops the platform for good and reads what a topic holds, by partition and offset. */
  read(topic: string): Promise<LogRecord[]>
}
