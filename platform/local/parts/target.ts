import type { Addressable } from '../exchange.ts'
import type { Destination } from '../manifests/inventory.ts'

/** Where a source sends its events. */
export interface Target {
  readonly addressable: Addressable
  /** The path of every request; `/` is the addressable's own address. */
  readonly path: string
  /** The whole address, as it stands in facts and in `knativeerrordest`. */
  readonly url: string
}

/** Finds what a Destination names; throws when there is no such thing. */
export type Resolve = (destination: Destination) => Addressable

/**
 * Resolves a Destination as Knative does: its object's address, the address it gives, or (both) its `uri` relative to
 * the object's address. Throws what `resolve` throws.
 */
export function targetOf(destination: Destination, resolve: Resolve): Target {
  const addressable = resolve(destination)
  if (destination.uri === undefined) return { addressable, path: '/', url: addressable.url }
  const own = new URL(addressable.url)
  const url = new URL(destination.uri, own)
  const path = url.href === own.href ? '/' : url.pathname + url.search
  return { addressable, path, url: url.href }
}
