import { describe, expect, it } from '@jest/globals'
import { kafkaNodePool } from '../../../../../platform/local/manifests/kinds/kafka-node-pool.ts'
import { kafkaSink } from '../../../../../platform/local/manifests/kinds/kafka-sink.ts'
import { kafkaUser } from '../../../../../platform/local/manifests/kinds/kafka-user.ts'
import { kafka } from '../../../../../platform/local/manifests/kinds/kafka.ts'
import { readKind, readOne } from '../../../../support/parse-kind.ts'

const LISTENER = '{ name: tls, port: 9093, type: internal, tls: true }'

const cluster = (fields: string): string => `
apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata: { name: log }
spec: { kafka: { ${fields} } }
`
const sink = (fields: string): string => `
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: { name: dead }
spec: { topic: dead, bootstrapServers: ['kafka:9092'], ${fields} }
`
const user = (spec: string): string => `
apiVersion: kafka.strimzi.io/v1
kind: KafkaUser
metadata: { name: predict }
spec: ${spec}
`
const pool = (fields: string): string => `
apiVersion: kafka.strimzi.io/v1
kind: KafkaNodePool
metadata: { name: brokers }
spec: { ${fields} }
`

describe('Kafka', () => {
  it('is read for its listeners; its versions and sizes may say what they like', () => {
    const read = readOne(
      'Kafka',
      kafka,
      cluster(`version: 4.3.1, config: { a.b: 1 }, rack: {}, listeners: [${LISTENER}]`),
    )
    expect(read.listeners).toEqual([{ name: 'tls', port: 9093, tls: true }])
  })

  it.each([
    ['listeners: []', 'spec.kafka.listeners is empty; give it at least 1'],
    [
      `listeners: [${LISTENER}], replicas: 3`,
      'spec.kafka.replicas does not run on a laptop: moved to KafkaNodePool; declare one with the label strimzi.io/cluster',
    ],
    [
      `listeners: [${LISTENER}, ${LISTENER}]`,
      "spec.kafka.listeners[1].port is 9093, as another listener's is; give it its own",
    ],
    [
      'listeners: [{ name: plain, port: 80, type: internal, tls: false }]',
      'spec.kafka.listeners[0].port is 80; write at least 9092',
    ],
  ])('is refused with %s', (fields, message) => {
    expect(() => readKind(kafka, cluster(fields))).toThrow(new Error(message))
  })
})

describe('KafkaSink', () => {
  it('writes binary events when nothing else is said', () => {
    expect(readOne('KafkaSink', kafkaSink, sink(''))).toMatchObject({
      topic: 'dead',
      bootstrapServers: ['kafka:9092'],
      contentMode: 'binary',
    })
  })

  it('needs its topic, its Kafka and its Secret', () => {
    const [read] = readKind(kafkaSink, sink('auth: { secret: { ref: { name: user } } }'))
    expect(read?.needs.map(({ kind }) => kind)).toEqual(['topic', 'bootstrap', 'Secret'])
  })

  it.each([
    ['contentMode: batch', 'spec.contentMode is "batch"; write "binary" or "structured"'],
    [
      'numPartitions: 5',
      'spec.numPartitions does not run on a laptop: a topic made by a sink is deleted with it; declare a KafkaTopic instead',
    ],
  ])('is refused with %s', (fields, message) => {
    expect(() => readKind(kafkaSink, sink(fields))).toThrow(new Error(message))
  })
})

describe('KafkaUser', () => {
  it('may bring its own password', () => {
    const read = readOne(
      'KafkaUser',
      kafkaUser,
      user(
        '{ authentication: { type: scram-sha-512, password: { valueFrom: { secretKeyRef: { name: own, key: password } } } } }',
      ),
    )
    expect(read.password).toEqual({ secret: 'own', key: 'password' })
    const without = user('{ authentication: { type: scram-sha-512 } }')
    expect(readOne('KafkaUser', kafkaUser, without).password).toBeUndefined()
  })

  it.each([
    [
      '{ authentication: { type: tls } }',
      'spec.authentication.type is not "scram-sha-512"; write it: a laptop makes no client certificates',
    ],
    [
      '{ authentication: { type: scram-sha-512 }, authorization: { type: simple, acls: [{ resource: { type: topic, name: a }, operation: Read }] } }',
      'spec.authorization.acls[0].operations is missing; add it: a list\nspec.authorization.acls[0].operation is not a field; did you mean "operations"?',
    ],
  ])('is refused with spec %s', (spec, message) => {
    expect(() => readKind(kafkaUser, user(spec))).toThrow(new Error(message))
  })
})

describe('KafkaNodePool', () => {
  it('is understood and not run, its sizes checked', () => {
    const fields = 'replicas: 3, roles: [broker], storage: { type: ephemeral }'
    expect(readOne('Inert', kafkaNodePool, pool(fields))).toMatchObject({ of: 'KafkaNodePool' })
    expect(() => readKind(kafkaNodePool, pool(fields.replace('3', 'three')))).toThrow(
      'spec.replicas is text; write a number',
    )
  })
})
