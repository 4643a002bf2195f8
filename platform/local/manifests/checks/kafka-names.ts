import { pathText } from '../explain.ts'
import type { KafkaManifest } from '../inventory.ts'
import { wayOut } from '../nearest.ts'
import type { Need } from '../needs.ts'
import type { Declared } from './declared.ts'

const BOOTSTRAP = /^(.+)-kafka-bootstrap(?:\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local)?)?)?:(\d+)$/

/**
 * A folder without a Kafka takes any address: its topics are the embedded log's, and small folders need no more. With
 * a Kafka, a bootstrap name must be one of its listeners'.
 */
export function faultOfBootstrap(
  { address, namespace, path }: Extract<Need, { kind: 'bootstrap' }>,
  { kafkas, unsure }: Declared,
): string | undefined {
  if (kafkas.length === 0 || unsure.has('Kafka')) return undefined
  const [, cluster, within = namespace, port] = BOOTSTRAP.exec(address) ?? []
  const kafka = kafkas.find((each) => each.name === cluster && each.namespace === within)
  const addresses = kafkas.flatMap(addressesOf)
  if (kafka === undefined) {
    const otherwise = `write ${addresses.join(' or ')}`
    return `${pathText(path)} "${address}" is no Kafka of this folder; ${wayOut(address, addresses, otherwise)}`
  }
  if (kafka.listeners.some((listener) => String(listener.port) === port)) return undefined
  const listeners = kafka.listeners.map((listener) => `${listener.port} (${listener.name})`)
  return `${pathText(path)} "${address}" is no listener of Kafka ${kafka.name}; its ports: ${listeners.join(', ')}`
}

function addressesOf({ name, namespace, listeners }: KafkaManifest): string[] {
  return listeners.map(({ port }) => `${name}-kafka-bootstrap.${namespace}.svc:${port}`)
}

/** Strimzi looks after a resource only when its label names a Kafka of its namespace. */
export function faultOfCluster(
  { cluster, namespace }: Extract<Need, { kind: 'cluster' }>,
  { kafkas, unsure }: Declared,
): string | undefined {
  if (kafkas.length === 0 || unsure.has('Kafka')) return undefined
  const near = kafkas.filter((each) => each.namespace === namespace).map(({ name }) => name)
  if (cluster !== undefined && near.includes(cluster)) return undefined
  const named = cluster === undefined ? 'is missing' : `is "${cluster}"`
  const way =
    near.length > 0
      ? `write ${near.join(' or ')}`
      : `its Kafka is in namespace "${kafkas[0]?.namespace}": move it there`
  return `the label strimzi.io/cluster ${named}, and Strimzi leaves alone what belongs to no Kafka of namespace "${namespace}"; ${way}`
}
