import { describe, expect, it } from '@jest/globals'
import { ManifestError } from '../../../../platform/local/manifests/problems.ts'
import { readManifests } from '../../../../platform/local/manifests/read.ts'
import { manifestFolder } from '../../../support/manifest-folder.ts'

const TOPIC = `apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: { name: observations }
spec: { partitions: 5 }
`
const SERVICE = `apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: predict
spec:
  template:
    spec:
      containers:
        - command: [node, index.js]
`
const SOURCE = `apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata:
  name: predict
spec:
  bootstrapServers: [kafka:9092]
  topics: [observations]
  sink:
    ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: predict }
`
const KAFKA = `apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata: { name: log }
spec:
  kafka:
    listeners: [{ name: tls, port: 9093, type: internal, tls: true }]
`

/** What a folder's manifests are refused for, one line a problem. */
async function refusal(files: Readonly<Record<string, string>>): Promise<string[]> {
  const failure: unknown = await readManifests(await manifestFolder(files)).catch(
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(ManifestError)
  return failure instanceof ManifestError ? failure.message.split('\n') : []
}

describe('readManifests', () => {
  it('answers the manifests in the order of files and documents', async () => {
    const folder = await manifestFolder({
      'b.yaml': SERVICE,
      'a.yaml': `${TOPIC}---\n# nothing\n---\n${SOURCE}`,
    })
    const inventory = await readManifests(folder)
    expect(inventory.folder).toBe(folder)
    expect(
      inventory.manifests.map(({ kind, name, namespace, file, line }) => [
        kind,
        name,
        namespace,
        file,
        line,
      ]),
    ).toEqual([
      ['KafkaTopic', 'observations', 'default', 'a.yaml', 1],
      ['KafkaSource', 'predict', 'default', 'a.yaml', 8],
      ['Service', 'predict', 'default', 'b.yaml', 1],
    ])
  })

  it('refuses a folder that is missing, and one without a manifest', async () => {
    await expect(readManifests('/no/such/folder')).rejects.toThrow('ENOENT')
    await expect(readManifests(await manifestFolder({ 'a.yaml': '# none\n' }))).rejects.toThrow(
      'holds no manifest; name a folder with YAML files of Kubernetes kinds',
    )
  })

  it('reports every problem of every file together, by file and line', async () => {
    const lines = await refusal({
      'c.yaml': SOURCE.replace('[observations]', '[observation]').replace(
        'name: predict }',
        'name: predcit }',
      ),
      'b.yaml': SERVICE.replace('command', 'comand').replace('name: predict', 'name: 1'),
      'a.yaml': TOPIC.replace('5', 'five').replace('/v1', '/v1beta2') + '---\nkind: Thing\n',
    })
    expect(lines).toEqual([
      'a.yaml:1: KafkaTopic observations: apiVersion is kafka.strimzi.io/v1beta2; write kafka.strimzi.io/v1, the one of a KafkaTopic',
      expect.stringMatching(/^a\.yaml:6: Thing is not a kind that is read; known kinds: Service, /),
      'b.yaml:4: Service: metadata.name is a whole number; write text, in quotes',
      'b.yaml:9: Service: spec.template.spec.containers[0].command is missing, and no laptop runs an image; write what to start, e.g. ["node", "index.js"]',
      'b.yaml:9: Service: spec.template.spec.containers[0].comand is not a field; did you mean "command"?',
      'c.yaml:9: KafkaSource predict: spec.sink names the Service "predcit", and namespace "default" has none; declare it, or name a Service that is declared',
    ])
  })

  it('tells no missing reference while a file is no YAML: what it declares is not known', async () => {
    const lines = await refusal({ 'a.yaml': SOURCE, 'b.yaml': 'kind: [\n' })
    expect(lines).toEqual([expect.stringMatching(/^b\.yaml:2: this is not YAML/)])
  })

  it('tells no missing reference to a document that is there and has a fault', async () => {
    const lines = await refusal({
      'a.yaml': SOURCE,
      'b.yaml': SERVICE.replace('[node, index.js]', 'node'),
      'c.yaml': TOPIC.replace('5', '0'),
    })
    expect(lines).toEqual([
      'b.yaml:9: Service predict: spec.template.spec.containers[0].command is text; write a list',
      'c.yaml:4: KafkaTopic observations: spec.partitions is 0; write at least 1',
    ])
  })
})

describe('a folder is refused, with the file, the line, what and the way out, for', () => {
  it.each<[string, Record<string, string>, string]>([
    [
      'a document without a kind',
      { 'a.yaml': 'version: 3\nservices: {}\n' },
      'a.yaml:1: a document without a kind; write apiVersion and kind, or move the file to a folder that is not read',
    ],
    [
      'a misspelt kind',
      { 'a.yaml': 'apiVersion: kafka.strimzi.io/v1\nkind: KafkaTopc\n' },
      'a.yaml:2: KafkaTopc is not a kind that is read; did you mean "KafkaTopic"?',
    ],
    [
      'a Broker',
      { 'a.yaml': 'apiVersion: eventing.knative.dev/v1\nkind: Broker\n' },
      'a.yaml:2: no laptop runs a Broker; a KafkaSource reads a topic and posts to a Service',
    ],
    [
      'a SinkBinding',
      { 'a.yaml': 'kind: SinkBinding\n' },
      'a.yaml:1: no laptop runs a SinkBinding; a Service finds its addresses in its own environment',
    ],
    [
      'a Deployment',
      { 'a.yaml': 'kind: Deployment\n' },
      'a.yaml:1: no laptop runs a Deployment; a serving.knative.dev/v1 Service runs a command',
    ],
    [
      'a missing apiVersion',
      { 'a.yaml': 'kind: ConfigMap\nmetadata: { name: a }\n' },
      'a.yaml:1: ConfigMap a: apiVersion is missing; write v1, the one of a ConfigMap',
    ],
    [
      "Kubernetes's own Service",
      { 'a.yaml': SERVICE.replace('serving.knative.dev/v1', 'v1') },
      'a.yaml:1: Service predict: apiVersion is v1; write serving.knative.dev/v1, the one of a Service',
    ],
    [
      'an unknown field',
      { 'a.yaml': TOPIC.replace('partitions: 5', 'partition: 5') },
      'a.yaml:4: KafkaTopic observations: spec.partition is not a field; did you mean "partitions"?',
    ],
    [
      'an unknown field that is like no other',
      { 'a.yaml': TOPIC.replace('partitions: 5', 'shards: 5') },
      'a.yaml:4: KafkaTopic observations: spec.shards is not a field; known here: topicName, partitions, replicas, config',
    ],
    [
      'an unknown field of metadata',
      { 'a.yaml': TOPIC.replace('name: observations', 'name: observations, labls: {}') },
      'a.yaml:3: KafkaTopic observations: metadata.labls is not a field; did you mean "labels"?',
    ],
    [
      'a missing name',
      { 'a.yaml': TOPIC.replace('{ name: observations }', '{}') },
      'a.yaml:3: KafkaTopic: metadata.name is missing; add it: text',
    ],
    [
      'a name no cluster takes',
      { 'a.yaml': TOPIC.replace('observations', 'Observations_1') },
      'a.yaml:3: KafkaTopic Observations_1: metadata.name is no name on a cluster; write lower-case letters, digits and "-"',
    ],
    [
      'a field without a value',
      { 'a.yaml': TOPIC.replace('{ partitions: 5 }', '\n  partitions:') },
      'a.yaml:5: KafkaTopic observations: spec.partitions is empty; give it a value (a number) or remove it',
    ],
    [
      'a label that is no text',
      { 'a.yaml': TOPIC.replace('observations }', 'observations, labels: { a: 1 } }') },
      'a.yaml:3: KafkaTopic observations: metadata.labels.a is a whole number; write text, in quotes',
    ],
    [
      'the same object twice',
      { 'a.yaml': TOPIC, 'b/c.yaml': `---\n${TOPIC.replace('spec', '# again\nspec')}` },
      'b/c.yaml:4: KafkaTopic observations: the KafkaTopic observations in namespace "default" is declared at a.yaml:3 already; rename or remove one of them',
    ],
    [
      'two KafkaTopics of one topic',
      {
        'a.yaml': `${TOPIC}---\n${TOPIC.replace('name: observations', 'name: other').replace('partitions: 5', 'topicName: observations')}`,
      },
      'a.yaml:9: KafkaTopic other: the topic "observations" is declared at a.yaml:3 already, by KafkaTopic observations; rename or remove one of them',
    ],
    [
      'a source of a topic that has no KafkaTopic',
      {
        'a.yaml': `${TOPIC}---\n${SERVICE}---\n${SOURCE.replace('[observations]', '[observation]')}`,
      },
      'a.yaml:22: KafkaSource predict: topic "observation" has no KafkaTopic; did you mean "observations"?',
    ],
    [
      'a sink that is not declared',
      { 'a.yaml': `${TOPIC}---\n${SERVICE.replace('predict', 'predicts')}---\n${SOURCE}` },
      'a.yaml:24: KafkaSource predict: spec.sink names the Service "predict", and namespace "default" has none; did you mean "predicts"?',
    ],
    [
      'a sink in another namespace',
      {
        'a.yaml': `${TOPIC}---\n${SERVICE.replace('name: predict', 'name: predict\n  namespace: ml')}---\n${SOURCE}`,
      },
      'a.yaml:25: KafkaSource predict: spec.sink names the Service "predict", and namespace "default" has none; there is one in namespace "ml": write that namespace',
    ],
    [
      'a dead letter sink that is not declared',
      {
        'a.yaml': `${TOPIC}---\n${SERVICE}---\n${SOURCE}  delivery:
    deadLetterSink:
      ref: { apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead }\n`,
      },
      'a.yaml:27: KafkaSource predict: spec.delivery.deadLetterSink names the KafkaSink "dead", and namespace "default" has none; declare it, or name a KafkaSink that is declared',
    ],
    [
      'a bootstrap server that is no Kafka of the folder',
      { 'a.yaml': `${KAFKA}---\n${labelled(TOPIC)}---\n${SERVICE}---\n${SOURCE}` },
      'a.yaml:28: KafkaSource predict: spec.bootstrapServers[0] "kafka:9092" is no Kafka of this folder; write log-kafka-bootstrap.default.svc:9093',
    ],
    [
      'a bootstrap server with a port of no listener',
      {
        'a.yaml': `${KAFKA}---\n${labelled(TOPIC)}---\n${SERVICE}---\n${SOURCE.replace('kafka:9092', 'log-kafka-bootstrap:9092')}`,
      },
      'a.yaml:28: KafkaSource predict: spec.bootstrapServers[0] "log-kafka-bootstrap:9092" is no listener of Kafka log; its ports: 9093 (tls)',
    ],
    [
      'a topic that Strimzi would leave alone',
      { 'a.yaml': `${KAFKA}---\n${TOPIC}` },
      'a.yaml:10: KafkaTopic observations: the label strimzi.io/cluster is missing, and Strimzi leaves alone what belongs to no Kafka of namespace "default"; write log',
    ],
    [
      'the Secret of a KafkaUser that brings no password, which a laptop leaves empty',
      {
        'a.yaml': `apiVersion: kafka.strimzi.io/v1
kind: KafkaUser
metadata: { name: reader }
spec: { authentication: { type: scram-sha-512 } }
---
${SERVICE}          envFrom: [{ secretRef: { name: reader } }]
`,
      },
      'a.yaml:15: Service predict: spec.template.spec.containers[0].envFrom[0] names the Secret "reader", which is empty on a laptop; give it keys, or its KafkaUser a password of its own',
    ],
    [
      'an address that is none',
      { 'a.yaml': `${TOPIC}---\n${SERVICE}---\n${SOURCE.replace('kafka:9092', 'kafka')}` },
      'a.yaml:21: KafkaSource predict: spec.bootstrapServers[0] is no address of a Kafka; write host:port',
    ],
  ])('%s', async (_, files, message) => {
    expect((await refusal(files)).join('\n')).toBe(message)
  })
})

describe('bootstrap servers', () => {
  it.each([
    'log-kafka-bootstrap:9093',
    'log-kafka-bootstrap.default:9093',
    'log-kafka-bootstrap.default.svc:9093',
    'log-kafka-bootstrap.default.svc.cluster.local:9093',
  ])('of a folder with a Kafka may be %s', async (address) => {
    const folder = await manifestFolder({
      'a.yaml': `${KAFKA}---\n${labelled(TOPIC)}---\n${SERVICE}---\n${SOURCE.replace('kafka:9092', address)}`,
    })
    await expect(readManifests(folder)).resolves.toBeDefined()
  })

  it('of a folder without a Kafka may be any: small folders need only topics', async () => {
    const folder = await manifestFolder({ 'a.yaml': `${TOPIC}---\n${SERVICE}---\n${SOURCE}` })
    await expect(readManifests(folder)).resolves.toBeDefined()
  })
})

function labelled(topic: string): string {
  return topic.replace('observations }', 'observations, labels: { strimzi.io/cluster: log } }')
}
