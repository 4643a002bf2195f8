import type { Addressable } from '../exchange.ts'
import { httpAddressable } from '../http/addressable.ts'
import type { Resolve } from './target.ts'

/** Finds what events are sent to. */
export interface Destinations {
  readonly resolve: Resolve
  /** Ends the connections to plain addresses. */
  close(): void
}

/**
 * Resolves destinations among the Services and KafkaSinks that are given by `<namespace>/<name>`; a plain address that
 * names one of them inside the cluster means it, too.
 */
export function openDestinations(
  services: ReadonlyMap<string, Addressable>,
  sinks: ReadonlyMap<string, Addressable>,
): Destinations {
  const plain: { close(): void }[] = []
  return {
    resolve({ ref, uri }) {
      if (ref === undefined) return addressed(uri ?? '')
      const found = (ref.kind === 'Service' ? services : sinks).get(`${ref.namespace}/${ref.name}`)
      if (found !== undefined) return found
      throw new Error(`there is no ${ref.kind} ${ref.name} in namespace ${ref.namespace}`)
    },
    close() {
      for (const addressable of plain) addressable.close()
    },
  }

  function addressed(uri: string): Addressable {
    const host = URL.canParse(uri) ? new URL(uri).hostname : ''
    const [, name, namespace] = IN_CLUSTER.exec(host) ?? []
    const service = services.get(`${namespace}/${name}`)
    if (service !== undefined) return service
    const address = httpAddressable(uri)
    plain.push(address)
    return address
  }
}

const IN_CLUSTER = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?$/
