/** A document of Kubernetes. */
export interface Document {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly spec?: object
}

/** Documents as a manifest file holds them. */
export function written(documents: readonly Document[]): string {
  return documents.map((document) => JSON.stringify(document, null, 2)).join('\n---\n')
}

const BOOTSTRAP_SERVERS = ['contract-kafka-bootstrap.kafka:9092']

export function topic(name: string, partitions = 1): Document {
  return {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaTopic',
    metadata: { name },
    spec: { partitions, replicas: 1 },
  }
}

/** A destination: a path of the recorder. */
export function recorderAt(path: string) {
  return {
    ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'recorder' },
    uri: `/${path}`,
  }
}

/** A source that posts the records of the topic of its name, from the first on, to the recorder at its name. */
export function kafkaSource(
  name: string,
  spec: object = {},
  labels: Readonly<Record<string, string>> = {},
): Document {
  return {
    apiVersion: 'sources.knative.dev/v1',
    kind: 'KafkaSource',
    metadata: { name, labels },
    spec: {
      bootstrapServers: BOOTSTRAP_SERVERS,
      topics: [name],
      initialOffset: 'earliest',
      sink: recorderAt(name),
      ...spec,
    },
  }
}

export function kafkaSink(name: string, spec: object = {}): Document {
  return {
    apiVersion: 'eventing.knative.dev/v1alpha1',
    kind: 'KafkaSink',
    metadata: { name },
    spec: { topic: name, bootstrapServers: BOOTSTRAP_SERVERS, ...spec },
  }
}

/** A source that ticks every second, to the recorder at its name. */
export function pingSource(name: string, spec: object = {}): Document {
  return {
    apiVersion: 'sources.knative.dev/v1',
    kind: 'PingSource',
    metadata: { name },
    spec: { schedule: '* * * * * *', sink: recorderAt(name), ...spec },
  }
}
