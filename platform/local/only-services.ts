import { wayOut } from './manifests/nearest.ts'
import { ofKind } from './manifests/inventory.ts'
import type { Destination, Inventory, Manifest } from './manifests/inventory.ts'

/**
 * The inventory with some of its Services alone (`only`, by name; undefined keeps all) or without some (`except`), and
 * without the sources that send to the others. Throws when there is no Service of a name in `only`.
 */
export function onlyServices(
  inventory: Inventory,
  {
    only,
    except = [],
  }: { only?: readonly string[] | undefined; except?: readonly string[] | undefined },
): Inventory {
  if (only === undefined && except.length === 0) return inventory
  const known = ofKind(inventory, 'Service').map(({ name }) => name)
  for (const name of only ?? []) {
    if (known.includes(name)) continue
    const hint = wayOut(name, known, `there are ${known.join(', ')}`)
    throw new Error(`--only: there is no Service ${name}; ${hint}`)
  }
  const isWanted = (name: string): boolean =>
    (only?.includes(name) ?? true) && !except.includes(name)
  const isLeftOut = ({ ref }: Destination): boolean =>
    ref?.kind === 'Service' && !isWanted(ref.name)
  return { ...inventory, manifests: inventory.manifests.filter(isKept) }

  function isKept(manifest: Manifest): boolean {
    if (manifest.kind === 'Service') return isWanted(manifest.name)
    const isSource = manifest.kind === 'KafkaSource' || manifest.kind === 'PingSource'
    return !isSource || !isLeftOut(manifest.sink)
  }
}
