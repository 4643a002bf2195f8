import type { Entry } from '../manifests/entry.ts'
import type { Destination } from '../manifests/inventory.ts'
import { wayOut } from '../manifests/nearest.ts'
import type { Problem } from '../manifests/problems.ts'
import { KAFKA_INGRESS_URL } from '../parts/kafka-ingress.ts'
import { problemAt, writtenAs } from './written.ts'

/** An object of the cluster that a plain address names. */
interface Addressed {
  readonly kind: 'Service' | 'KafkaSink'
  readonly namespace: string
  readonly name: string
}

/** What a destination sends to, by reference or by an address inside the cluster; undefined: something outside. */
export function addressedBy({ ref, uri }: Destination): Addressed | undefined {
  if (ref !== undefined) return ref
  if (uri === undefined || !URL.canParse(uri)) return undefined
  const { hostname, pathname } = new URL(uri)
  const [, name = '', namespace = ''] = IN_CLUSTER.exec(hostname) ?? []
  if (`${name}.${namespace}` === INGRESS) {
    const [, within = '', sink = ''] = pathname.split('/')
    return { kind: 'KafkaSink', namespace: within, name: sink }
  }
  return name === '' ? undefined : { kind: 'Service', namespace, name }
}

const IN_CLUSTER = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?$/
const INGRESS = IN_CLUSTER.exec(new URL(KAFKA_INGRESS_URL).hostname)?.slice(1).join('.')

/**
 * Plain addresses of Services and KafkaSinks that the folder does not declare. A Service in a namespace the folder
 * knows nothing of may be somebody else's; references are checked when the folder is read.
 */
export function faultsOfAddresses(entries: readonly Entry[]): Problem[] {
  const declared = new Set(
    entries.flatMap(({ identity }) =>
      identity === undefined ? [] : [`${identity.kind} ${identity.namespace}/${identity.name}`],
    ),
  )
  const namespaces = new Set(entries.flatMap(({ identity }) => identity?.namespace ?? []))
  const fault = (destination: Destination | undefined): string | undefined => {
    if (destination === undefined || destination.ref !== undefined) return undefined
    const named = addressedBy(destination)
    if (named === undefined) return undefined
    const { kind, namespace, name } = named
    if (kind === 'Service' && !namespaces.has(namespace)) return undefined
    if (declared.has(`${kind} ${namespace}/${name}`)) return undefined
    const known = [...declared]
      .filter((each) => each.startsWith(`${kind} ${namespace}/`))
      .map((each) => each.slice(`${kind} ${namespace}/`.length))
    const way = wayOut(name, known, `declare it, or name a ${kind} that is declared`)
    return `uri names the ${kind} "${name}", and namespace "${namespace}" has none; ${way}`
  }
  const sources = [...writtenAs(entries, 'KafkaSource'), ...writtenAs(entries, 'PingSource')]
  return sources.flatMap((source) => {
    const { manifest } = source
    const delivery = manifest.kind === 'KafkaSource' ? manifest.delivery : undefined
    return [
      { destination: manifest.sink, path: ['spec', 'sink'] },
      { destination: delivery?.deadLetterSink, path: ['spec', 'delivery', 'deadLetterSink'] },
    ].flatMap(({ destination, path }) => {
      const message = fault(destination)
      if (message === undefined) return []
      return [problemAt(source, [...path, 'uri'], `${path.join('.')}.${message}`)]
    })
  })
}
