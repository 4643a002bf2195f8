import type { Facts } from './facts.ts'
import type { View } from './view.ts'

export interface PlatformOptions {
  /** The folder whose manifests run. */
  readonly folder: string
  /** Where state is kept, usually `<folder>/.nowcast`. */
  readonly stateFolder: string
  /** The gateway's port on loopback; 0 takes a free one. */
  readonly port: number
  /** Drops the state of an earlier run first. */
  readonly fresh: boolean
  /** Virtual seconds per second of the wall. */
  readonly speed: number
  readonly facts: Facts
}

/** A running platform. */
export interface Platform {
  /** The gateway's port. */
  readonly port: number
  readonly view: View
  /** Stops every part in the reverse order of its start, within five seconds. */
  close(): Promise<void>
}
