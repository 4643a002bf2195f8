/** A Secret that a manifest reads, and which key of it; every key when it names none. */
export interface SecretNeed {
  readonly name: string
  readonly key?: string
}

/** The keys that a KafkaSink with SASL over TLS reads of the Secret it names. */
const SINK_KEYS = ['protocol', 'sasl.mechanism', 'user', 'password', 'ca.crt']
/** Keys that MongoDB's operator reads of the Secrets that a field names. */
const MONGODB_KEYS: Readonly<Record<string, readonly string[]>> = {
  passwordSecretRef: ['password'],
  certificateKeySecretRef: ['tls.crt', 'tls.key'],
  caCertificateSecretRef: ['ca.crt'],
}

/**
 * The Secrets that a manifest reads, wherever in it: KafkaUser and KafkaSource by `secretKeyRef`, KafkaSink by
 * `auth.secret.ref`, MongoDBCommunity by its `…SecretRef`, a pod by `secretKeyRef` and by the items of a volume.
 */
export function secretNeeds(value: unknown): SecretNeed[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([field, inner]: [string, unknown]) => {
    const name = textAt(inner, 'name')
    const key = textAt(inner, 'key')
    if (field === 'secretKeyRef' && name !== undefined) {
      return [key === undefined ? { name } : { name, key }]
    }
    const keys = MONGODB_KEYS[field]
    if (keys !== undefined && name !== undefined) return keys.map((each) => ({ name, key: each }))
    if (field === 'auth') {
      const sink = textAt(at(at(inner, 'secret'), 'ref'), 'name')
      if (sink !== undefined) return SINK_KEYS.map((each) => ({ name: sink, key: each }))
    }
    const volume = field === 'secret' ? textAt(inner, 'secretName') : undefined
    if (volume !== undefined) {
      const items = at(inner, 'items')
      if (!Array.isArray(items)) return [{ name: volume }]
      return items.flatMap((item: unknown) => {
        const wanted = textAt(item, 'key')
        return wanted === undefined ? [] : [{ name: volume, key: wanted }]
      })
    }
    return secretNeeds(inner)
  })
}

function at(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return new Map<string, unknown>(Object.entries(value)).get(field)
}

function textAt(value: unknown, field: string): string | undefined {
  const found = at(value, field)
  return typeof found === 'string' ? found : undefined
}
