import { isDeepStrictEqual } from 'node:util'
import type { Inventory, Manifest } from '../manifests/inventory.ts'

/** What distinguishes two states of a folder's manifests. */
export interface Differences {
  readonly added: readonly Manifest[]
  /** As they are now. */
  readonly changed: readonly Manifest[]
  /** As they were. */
  readonly removed: readonly Manifest[]
}

/** Compares what documents say, wherever they stand. */
export function differences(before: Inventory, after: Inventory): Differences {
  const earlier = byName(before)
  const now = byName(after)
  const kept = [...now].filter(([name]) => earlier.has(name))
  return {
    added: [...now].filter(([name]) => !earlier.has(name)).map(([, manifest]) => manifest),
    changed: kept
      .filter(([name, manifest]) => !isSame(manifest, earlier.get(name)))
      .map(([, manifest]) => manifest),
    removed: [...earlier].filter(([name]) => !now.has(name)).map(([, manifest]) => manifest),
  }
}

/** What a manifest is called among all of a folder. */
export function nameOf(manifest: Manifest): string {
  const kind = manifest.kind === 'Inert' ? manifest.of : manifest.kind
  // A list of credentials has no name of its own but its place.
  const name = manifest.kind === 'Credentials' ? manifest.file : manifest.name
  return `${kind} ${manifest.namespace}/${name}`
}

function byName({ manifests }: Inventory): Map<string, Manifest> {
  return new Map(manifests.map((manifest) => [nameOf(manifest), manifest]))
}

function isSame(one: Manifest, other: Manifest | undefined): boolean {
  return isDeepStrictEqual({ ...one, file: '', line: 0 }, { ...other, file: '', line: 0 })
}
