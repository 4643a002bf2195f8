import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import type { ServiceManifest } from '../../manifests/inventory.ts'

/** The revision of a Service by its number from 1, named as Knative names it. */
export function revisionName(service: string, number: number): string {
  return `${service}-${String(number).padStart(5, '0')}`
}

interface Identity {
  readonly manifest: ServiceManifest
  readonly revision: string
  readonly compileCache: string
}

/**
 * The whole environment of a Service's process: what its manifest declares, what Knative adds, and no more of the
 * caller's than a container's image would bring. So a function that works here does not owe it to somebody's shell.
 */
export function variablesFor(
  { manifest, revision, compileCache }: Identity,
  declared: Readonly<Record<string, string>>,
  port: number,
): Record<string, string> {
  return {
    HOME: process.env['HOME'] ?? tmpdir(),
    TMPDIR: tmpdir(),
    // A container has no time zone of its own; without this a local date would differ from the cluster's.
    TZ: 'UTC',
    // An image may bring its code compiled; here the first start does it for those that follow.
    NODE_COMPILE_CACHE: compileCache,
    ...declared,
    // `node` is the Node that runs the platform, whatever the machine has.
    PATH: [path.dirname(process.execPath), declared['PATH'] ?? process.env['PATH']]
      .filter((part) => part !== undefined)
      .join(path.delimiter),
    // `node:sqlite`, what a laptop has for MongoDB, would greet every start with a warning.
    NODE_OPTIONS: ['--disable-warning=ExperimentalWarning', declared['NODE_OPTIONS']]
      .filter((part) => part !== undefined)
      .join(' '),
    PORT: String(port),
    // A pod has an address of its own; here a process that listens on every address would be on the network.
    HOST: '127.0.0.1',
    K_SERVICE: manifest.name,
    K_CONFIGURATION: manifest.name,
    K_REVISION: revision,
  }
}
