import { pathText } from '../explain.ts'
import { nearest, wayOut } from '../nearest.ts'
import type { Need } from '../needs.ts'
import type { Declared } from './declared.ts'
import { faultOfBootstrap, faultOfCluster } from './kafka-names.ts'

/** What is wrong with a need, as a sentence; undefined when the folder declares it. */
export function faultOfNeed(need: Need, declared: Declared): string | undefined {
  switch (need.kind) {
    case 'destination':
      return faultOfDestination(need, declared)
    case 'topic':
      return faultOfTopic(need.topic, declared)
    case 'bootstrap':
      return faultOfBootstrap(need, declared)
    case 'cluster':
      return faultOfCluster(need, declared)
    case 'Secret':
      return faultOfKey(need, declared.secrets, isUnsure(declared, SECRET_KINDS))
    case 'ConfigMap':
      return faultOfKey(need, declared.configMaps, isUnsure(declared, ['ConfigMap']))
  }
}

/** Kinds that bring Secrets, themselves or by their operator. */
const SECRET_KINDS = ['Secret', 'Credentials', 'Kafka', 'KafkaUser', 'MongoDBCommunity']

function isUnsure(declared: Declared, kinds: readonly string[]): boolean {
  return kinds.some((kind) => declared.unsure.has(kind))
}

function faultOfTopic(topic: string, declared: Declared): string | undefined {
  if (declared.topics.has(topic) || isUnsure(declared, ['KafkaTopic'])) return undefined
  const otherwise = 'declare a KafkaTopic of that name'
  return `topic "${topic}" has no KafkaTopic; ${wayOut(topic, declared.topics, otherwise)}`
}

function faultOfDestination(
  { of, namespace, name, path }: Extract<Need, { kind: 'destination' }>,
  declared: Declared,
): string | undefined {
  const known = declared.names.get(of) ?? new Set()
  if (known.has(`${namespace}/${name}`)) return undefined
  const field = pathText(path.slice(0, -2))
  const elsewhere = [...known].find((each) => each.endsWith(`/${name}`))?.split('/')[0]
  const way =
    elsewhere === undefined
      ? wayOut(name, namesIn(known, namespace), `declare it, or name a ${of} that is declared`)
      : `there is one in namespace "${elsewhere}": write that namespace`
  return `${field} names the ${of} "${name}", and namespace "${namespace}" has none; ${way}`
}

function faultOfKey(
  { kind, namespace, name, key, path }: Extract<Need, { kind: 'Secret' | 'ConfigMap' }>,
  offered: ReadonlyMap<string, ReadonlySet<string>>,
  unsure: boolean,
): string | undefined {
  const keys = offered.get(`${namespace}/${name}`)
  if (keys === undefined) {
    if (unsure) return undefined
    const otherwise = kind === 'Secret' ? 'add it to platform/secrets.yaml' : 'declare it'
    const near = nearest(name, namesIn(offered.keys(), namespace))
    const way = near === undefined ? otherwise : `did you mean "${near}"?`
    return `${pathText(path)} names the ${kind} "${name}", and namespace "${namespace}" has none; ${way}`
  }
  if (keys.size === 0 && kind === 'Secret') {
    return `${pathText(path)} names the Secret "${name}", which is empty on a laptop; give it keys, or its KafkaUser a password of its own`
  }
  if (key === undefined || keys.has(key)) return undefined
  const way = wayOut(key, keys, `its keys: ${[...keys].join(', ')}`)
  return `${pathText(path)} names the key "${key}", and the ${kind} "${name}" has none; ${way}`
}

function namesIn(names: Iterable<string>, namespace: string): string[] {
  return [...names]
    .filter((each) => each.startsWith(`${namespace}/`))
    .map((each) => each.slice(namespace.length + 1))
}
