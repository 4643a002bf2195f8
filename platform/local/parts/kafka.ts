import type { KafkaManifest, KafkaUserManifest } from '../manifests/inventory.ts'
import type { Vault } from './vault.ts'

const CLUSTER_CA = 'The embedded log is reached on loopback without TLS: it has no certificate.\n'

/**
 * Writes the Secrets that Strimzi writes for a Kafka and its users: the cluster's CA, and for each user the password
 * it brings and the login made from it. Throws when a user's own password is nowhere.
 */
export function writeKafkaSecrets(
  kafkas: readonly KafkaManifest[],
  users: readonly KafkaUserManifest[],
  vault: Vault,
): void {
  for (const { namespace, name } of kafkas) {
    vault.put('Secret', namespace, `${name}-cluster-ca-cert`, {
      'ca.crt': CLUSTER_CA,
      'ca.p12': CLUSTER_CA,
      'ca.password': CLUSTER_CA,
    })
  }
  for (const { namespace, name, password, file, line } of users) {
    if (password === undefined) continue
    const text = vault.value('Secret', namespace, password.secret, password.key)
    if (text === undefined) {
      throw new Error(
        `${file}:${line}: KafkaUser ${name}: Secret ${password.secret} has no key ${password.key}; name it in platform/secrets.yaml`,
      )
    }
    vault.put('Secret', namespace, name, {
      password: text,
      'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${name}" password="${text}";`,
    })
  }
}

/** The hosts that a Kafka's bootstrap address goes by, from anywhere in the cluster. */
function bootstrapHosts({ namespace, name }: KafkaManifest): string[] {
  const service = `${name}-kafka-bootstrap`
  const inNamespace = `${service}.${namespace}`
  return [service, inNamespace, `${inNamespace}.svc`, `${inNamespace}.svc.cluster.local`]
}

/**
 * Turns an address of the cluster's Kafka, as a function publishes to it, into the same on this machine: a
 * `kafka://<bootstrap>` of the folder's own Kafka into that of the real one or, without one, of the embedded ingress;
 * the address of the KafkaSinks into that of the ingress. Any other value stays as it is.
 */
export function eventsRewriter(
  kafkas: readonly KafkaManifest[],
  ingressPort: number,
  servers?: readonly string[],
): (value: string) => string {
  const namespaces = new Map(
    kafkas.flatMap((kafka) => bootstrapHosts(kafka).map((host) => [host, kafka.namespace])),
  )
  return (value) => {
    const [, host = ''] = /^kafka:\/\/([^:/,?]+)/.exec(value) ?? []
    const namespace = namespaces.get(host)
    if (namespace !== undefined && servers !== undefined) {
      return `kafka://${servers.join(',')}?security=plaintext`
    }
    if (namespace !== undefined) return `http://127.0.0.1:${ingressPort}/${namespace}`
    return value.replace(INGRESS, `http://127.0.0.1:${ingressPort}`)
  }
}

const INGRESS =
  /^http:\/\/kafka-sink-ingress\.knative-eventing(?:\.svc(?:\.cluster\.local)?)?(?=\/|$)/
