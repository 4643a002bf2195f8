import { describe, expect, it } from '@jest/globals'
import { kafkaSource } from '../../../../../platform/local/manifests/kinds/kafka-source.ts'
import { readKind, readOne } from '../../../../support/parse-kind.ts'

const source = (more = '', labels = '{}'): string => `
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: { name: predict, namespace: ml, labels: ${labels} }
spec:
  bootstrapServers: [log-kafka-bootstrap:9092]
  topics: [observations]
  sink: { ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: predict } }
  ${more}
`

describe('KafkaSource', () => {
  it("takes the webhook's defaults for what is not set, and leaves delivery absent", () => {
    expect(readOne('KafkaSource', kafkaSource, source())).toEqual({
      kind: 'KafkaSource',
      namespace: 'ml',
      name: 'predict',
      file: 'a.yaml',
      line: 1,
      bootstrapServers: ['log-kafka-bootstrap:9092'],
      topics: ['observations'],
      consumerGroup: undefined,
      consumers: 1,
      initialOffset: 'latest',
      ordering: 'ordered',
      keyType: 'string',
      delivery: undefined,
      sink: { ref: { kind: 'Service', namespace: 'ml', name: 'predict' }, uri: undefined },
      extensions: {},
    })
  })

  it('reads delivery as it stands: an empty block is not an absent one', () => {
    expect(readOne('KafkaSource', kafkaSource, source('delivery: {}')).delivery).toEqual({
      retry: undefined,
      backoffPolicy: undefined,
      backoffDelayMs: undefined,
      timeoutMs: undefined,
      deadLetterSink: undefined,
    })
    const read = readOne(
      'KafkaSource',
      kafkaSource,
      source(`delivery:
    retry: 60
    backoffPolicy: linear
    backoffDelay: PT0.3S
    timeout: PT1M
    deadLetterSink: { ref: { apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead, namespace: other } }`),
    )
    expect(read.delivery).toEqual({
      retry: 60,
      backoffPolicy: 'linear',
      backoffDelayMs: 300,
      timeoutMs: 60_000,
      deadLetterSink: {
        ref: { kind: 'KafkaSink', namespace: 'other', name: 'dead' },
        uri: undefined,
      },
    })
  })

  it('reads the key type from its label, and takes other labels', () => {
    const labels = '{ kafkasources.sources.knative.dev/key-type: int, team: a }'
    expect(readOne('KafkaSource', kafkaSource, source('', labels)).keyType).toBe('int')
  })

  it('reads what is set on every event', () => {
    const read = readOne(
      'KafkaSource',
      kafkaSource,
      source('ceOverrides: { extensions: { team: a } }'),
    )
    expect(read.extensions).toEqual({ team: 'a' })
  })

  it('needs its topics, its Kafka, its sinks and the Secrets of net', () => {
    const [read] = readKind(
      kafkaSource,
      source(`delivery: { deadLetterSink: { ref: { apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead } } }
  net:
    tls: { enable: true, caCert: { secretKeyRef: { name: user, key: ca.crt } } }
    sasl: { enable: true, user: { secretKeyRef: { name: user, key: user } }, password: { secretKeyRef: { name: maybe, key: p, optional: true } } }`),
    )
    expect(read?.needs.map(({ kind, path }) => [kind, path.join('.')])).toEqual([
      ['topic', 'spec.topics.0'],
      ['bootstrap', 'spec.bootstrapServers.0'],
      ['destination', 'spec.sink.ref.name'],
      ['destination', 'spec.delivery.deadLetterSink.ref.name'],
      ['Secret', 'spec.net.tls.caCert.secretKeyRef'],
      ['Secret', 'spec.net.sasl.user.secretKeyRef'],
    ])
  })

  it.each([
    ['ordering: orderd', 'spec.ordering is "orderd"; write "ordered" or "unordered"'],
    ['consumers: -1', 'spec.consumers is -1; write at least 0'],
    ['delivery: { retries: 3 }', 'spec.delivery.retries is not a field; did you mean "retry"?'],
    ['delivery: { retry: 1.5 }', 'spec.delivery.retry is a number; write a whole number'],
    [
      'delivery: { backoffDelay: 1s }',
      'spec.delivery.backoffDelay is "1s", not a duration; write ISO 8601 of days, hours, minutes and seconds, e.g. PT1S',
    ],
    [
      'delivery: { backoffPolicy: quadratic }',
      'spec.delivery.backoffPolicy is "quadratic"; write "linear" or "exponential"',
    ],
    [
      'ceOverrides: { extensions: { Team: a } }',
      'spec.ceOverrides.extensions.Team is no CloudEvents attribute; write lower-case letters and digits',
    ],
    [
      'net: { tls: { caCert: { secretKeyRef: { name: a } } } }',
      'spec.net.tls.caCert.secretKeyRef.key is missing; add it: text',
    ],
  ])('is refused with %s', (more, message) => {
    expect(() => readKind(kafkaSource, source(more))).toThrow(new Error(message))
  })

  it('is refused with a key type that is none', () => {
    const labels = '{ kafkasources.sources.knative.dev/key-type: integer }'
    expect(() => readKind(kafkaSource, source('', labels))).toThrow(
      'metadata.labels["kafkasources.sources.knative.dev/key-type"] is "integer"; write "string" or "int" or "float" or "byte-array"',
    )
  })

  it.each([
    ['{}', 'spec.sink names nothing; give it ref or uri'],
    ['{ uri: /dead }', 'spec.sink.uri is "/dead", no address; write http://… or add ref'],
    [
      '{ ref: { apiVersion: v1, kind: Service, name: a } }',
      'spec.sink.ref.apiVersion is "v1", not the one of a Service; write serving.knative.dev/v1',
    ],
    [
      '{ ref: { apiVersion: eventing.knative.dev/v1, kind: Broker, name: a } }',
      'spec.sink.ref.kind is "Broker"; write "Service" or "KafkaSink"',
    ],
    [
      '{ uri: "http://a/", ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: a } }',
      'spec.sink.uri is a whole address beside ref; write a path, e.g. /dead',
    ],
  ])('is refused with the sink %s', (sink, message) => {
    const yaml = source().replace(/sink: .*/, `sink: ${sink}`)
    expect(() => readKind(kafkaSource, yaml)).toThrow(new Error(message))
  })

  it.each([
    ['{ uri: "http://example.com/x" }', undefined, 'http://example.com/x'],
    [
      '{ uri: /dead, ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: a } }',
      { kind: 'Service', namespace: 'ml', name: 'a' },
      '/dead',
    ],
  ])('may send to %s', (sink, ref, uri) => {
    const read = readOne('KafkaSource', kafkaSource, source().replace(/sink: .*/, `sink: ${sink}`))
    expect(read.sink).toEqual({ ref, uri })
  })
})
