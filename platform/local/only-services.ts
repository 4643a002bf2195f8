import { wayOut } from './manifests/nearest.ts'
import { ofKind } from './manifests/inventory.ts'
import type { Destination, Inventory, Manifest } from './manifests/inventory.ts'

/**
 * The inventory with some of its Services alone, and without the sources that send to the others. `names` undefined
 * leaves it whole. Throws when there is no Service of a name.
 */
export function onlyServices(
  inventory: Inventory,
  names: readonly string[] | undefined,
): Inventory {
  if (names === undefined) return inventory
  const known = ofKind(inventory, 'Service').map(({ name }) => name)
  for (const name of names) {
    if (known.includes(name)) continue
    const hint = wayOut(name, known, `there are ${known.join(', ')}`)
    throw new Error(`--only: there is no Service ${name}; ${hint}`)
  }
  const isLeftOut = ({ ref }: Destination): boolean =>
    ref?.kind === 'Service' && !names.includes(ref.name)
  return { ...inventory, manifests: inventory.manifests.filter(isKept) }

  function isKept(manifest: Manifest): boolean {
    if (manifest.kind === 'Service') return names?.includes(manifest.name) ?? true
    const isSource = manifest.kind === 'KafkaSource' || manifest.kind === 'PingSource'
    return !isSource || !isLeftOut(manifest.sink)
  }
}
