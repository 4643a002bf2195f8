import type { Inventory } from './manifests/inventory.ts'

/** A value that takes the place of one in a ConfigMap. */
export interface Setting {
  /** `namespace/name` */
  readonly configMap: string
  readonly key: string
  readonly value: string
}

/** The inventory with some values of its ConfigMaps replaced. Throws when there is no such ConfigMap or key. */
export function withSettings(inventory: Inventory, settings: readonly Setting[]): Inventory {
  for (const { configMap, key } of settings) {
    const isThere = inventory.manifests.some(
      (one) =>
        one.kind === 'ConfigMap' &&
        `${one.namespace}/${one.name}` === configMap &&
        one.data[key] !== undefined,
    )
    if (!isThere) throw new Error(`there is no ConfigMap ${configMap} with a key ${key} to replace`)
  }
  const manifests = inventory.manifests.map((one) => {
    if (one.kind !== 'ConfigMap') return one
    const own = settings.filter(({ configMap }) => configMap === `${one.namespace}/${one.name}`)
    const replaced = Object.fromEntries(own.map(({ key, value }) => [key, value]))
    return { ...one, data: { ...one.data, ...replaced } }
  })
  return { ...inventory, manifests }
}
