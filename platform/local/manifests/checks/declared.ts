import type { KafkaManifest, Manifest } from '../inventory.ts'

/** Which object a document is about, whether or not it could be read. */
export interface Identity {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** What the documents of a folder offer one another. */
export interface Declared {
  /** Names of each kind, as `namespace/name`; those of documents with a fault too. */
  readonly names: ReadonlyMap<string, ReadonlySet<string>>
  readonly topics: ReadonlySet<string>
  readonly kafkas: readonly KafkaManifest[]
  /** Keys by `namespace/name`. Undefined keys: any. */
  readonly secrets: ReadonlyMap<string, ReadonlySet<string>>
  readonly configMaps: ReadonlyMap<string, ReadonlySet<string>>
  /** Kinds of documents that could not be read: what they would have offered is not known. */
  readonly unsure: ReadonlySet<string>
}

/** Collects what a folder declares. */
export function declaredBy(
  identities: readonly Identity[],
  manifests: readonly Manifest[],
  unsure: ReadonlySet<string>,
): Declared {
  const names = new Map<string, Set<string>>()
  for (const { kind, namespace, name } of identities) {
    names.set(kind, (names.get(kind) ?? new Set()).add(`${namespace}/${name}`))
  }
  const secrets = manifests.flatMap(secretsOf)
  return {
    names,
    topics: new Set(
      manifests.flatMap((manifest) => (manifest.kind === 'KafkaTopic' ? [manifest.topic] : [])),
    ),
    kafkas: manifests.filter((manifest) => manifest.kind === 'Kafka'),
    secrets: new Map(secrets.map(({ owner, name, keys }) => [`${owner.namespace}/${name}`, keys])),
    configMaps: new Map(
      manifests
        .filter((manifest) => manifest.kind === 'ConfigMap')
        .map(({ namespace, name, data }) => [`${namespace}/${name}`, new Set(Object.keys(data))]),
    ),
    unsure,
  }
}

/** A Secret that will be there, and the document that brings it. */
export interface OfferedSecret {
  readonly owner: Manifest
  readonly name: string
  readonly keys: ReadonlySet<string>
}

const SCRAM_USER = ['password', 'sasl.jaas.config']
const CONNECTION = [
  'connectionString.standard',
  'connectionString.standardSrv',
  'username',
  'password',
]

/** The Secrets a document brings: its own, or those its operator writes. */
export function secretsOf(manifest: Manifest): OfferedSecret[] {
  const offer = (name: string, keys: Iterable<string>): OfferedSecret => ({
    owner: manifest,
    name,
    keys: new Set(keys),
  })
  switch (manifest.kind) {
    case 'Secret':
      return [offer(manifest.name, Object.keys(manifest.data))]
    case 'Credentials':
      return manifest.secrets.map(({ name, keys }) => offer(name, Object.keys(keys)))
    case 'Kafka':
      return [offer(`${manifest.name}-cluster-ca-cert`, ['ca.crt', 'ca.p12', 'ca.password'])]
    case 'KafkaUser':
      // A cluster makes up a password; a laptop writes only the one that the user brings.
      return [offer(manifest.name, manifest.password === undefined ? [] : SCRAM_USER)]
    case 'MongoDBCommunity':
      return manifest.users.map(({ connectionSecret }) => offer(connectionSecret, CONNECTION))
    case 'Service':
    case 'KafkaTopic':
    case 'KafkaSource':
    case 'KafkaSink':
    case 'PingSource':
    case 'ConfigMap':
    case 'Inert':
      return []
  }
}
