import type { Inventory, Manifest } from '../../platform/local/manifests/inventory.ts'

/** An inventory of these manifests, as if they stood in one folder. */
export function inventoryOf(...manifests: Manifest[]): Inventory {
  return { folder: '/folder', manifests }
}

/** Where a document of that name stands, for manifests written by hand. */
export function placed(name: string) {
  return { namespace: 'test', name, file: `${name}.yaml`, line: 1 }
}
