import type { Document } from '../kustomize.ts'

/** Something that holds of every set of manifests we give to a cluster. */
export interface Rule {
  /** A promise, e.g. `no container runs as root`. */
  readonly promise: string
  /** What breaks it, one sentence each that names the resource. */
  faults(documents: readonly Document[]): string[]
}
