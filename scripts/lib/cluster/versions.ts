/** Where an operator comes from: a chart, or a release manifest. */
export type Operator = Chart | Manifest

export interface Chart {
  readonly kind: 'chart'
  readonly name: string
  readonly namespace: string
  readonly version: string
  readonly chart: string
  /** The repository's address; absent when `chart` is an address itself. */
  readonly repository?: string
  readonly values: Readonly<Record<string, string>>
}

export interface Manifest {
  readonly kind: 'manifest'
  readonly name: string
  readonly namespace: string
  readonly version: string
  readonly url: string
  /** Its Deployments; the label `app.kubernetes.io/version` of the first says which version is there. */
  readonly deployments: readonly string[]
}

const WATCHED = 'nowcast'

/**
 * What runs the parts, each at one version. Tested together as of these dates: Knative 1.23.0 (2026-08-04), Strimzi
 * 1.2.0 (2026-08-18, Kafka 4.3.1), MongoDB Controllers for Kubernetes 1.10.0 (2026-07-30), ECK 3.5.0 (2026-08-04).
 * `platform/README.md` says what an upgrade of each asks.
 */
export const operators = {
  knative: {
    kind: 'manifest',
    name: 'knative-operator',
    namespace: 'knative-operator',
    version: '1.23.0',
    url: 'https://github.com/knative/operator/releases/download/knative-v1.23.0/operator.yaml',
    deployments: ['knative-operator', 'operator-webhook'],
  },
  strimzi: {
    kind: 'chart',
    name: 'strimzi-kafka-operator',
    namespace: 'strimzi',
    version: '1.2.0',
    chart: 'oci://quay.io/strimzi-helm/strimzi-kafka-operator',
    values: { watchNamespaces: `{${WATCHED}}` },
  },
  mongodb: {
    kind: 'chart',
    name: 'mongodb-kubernetes',
    namespace: 'mongodb',
    version: '1.10.0',
    chart: 'mongodb-kubernetes',
    repository: 'https://mongodb.github.io/helm-charts',
    // It would report to its maker each week.
    values: { 'operator.watchNamespace': WATCHED, 'operator.telemetry.enabled': 'false' },
  },
  elastic: {
    kind: 'chart',
    name: 'eck-operator',
    namespace: 'elastic-system',
    version: '3.5.0',
    chart: 'eck-operator',
    repository: 'https://helm.elastic.co',
    values: { managedNamespaces: `{${WATCHED}}` },
  },
} as const satisfies Readonly<Record<string, Operator>>

/**
 * What receives events for KafkaSinks. Knative's operator installs KafkaSource and with it the controller and the kinds
 * of both, but not this receiver, so it is applied after KnativeEventing is ready.
 */
export const kafkaSink: Manifest = {
  kind: 'manifest',
  name: 'kafka-sink',
  namespace: 'knative-eventing',
  version: '1.23.0',
  url: 'https://github.com/knative-extensions/eventing-kafka-broker/releases/download/knative-v1.23.0/eventing-kafka-sink.yaml',
  deployments: ['kafka-sink-receiver'],
}
