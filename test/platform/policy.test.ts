import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { parseDocument } from 'yaml'
import {
  type Document,
  parseDocuments,
  render,
  renderWith,
  WHY_NOT_RENDERED,
} from '../support/kustomize.ts'
import { RULES } from '../support/policy/rules.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const OVERLAYS = globSync('platform/overlays/*', { cwd: root }).toSorted()
/** What an overlay may add; `single-node` and the reload of a developer's loop belong to dev, which is rendered as it is. */
const OPTIONAL = [
  'platform/components/keda/functions',
  'platform/components/keda/knative',
  'platform/components/mongodb-backup',
  'platform/components/predict-ingress',
]

const FULL = 'production with every option'
const sets =
  WHY_NOT_RENDERED === undefined
    ? [
        ...(await Promise.all(
          OVERLAYS.map(async (overlay) => ({ name: overlay, documents: await render(overlay) })),
        )),
        { name: FULL, documents: await renderWith('platform/overlays/production', OPTIONAL) },
      ]
    : []
const full = sets.find(({ name }) => name === FULL)?.documents ?? []

const whereRendered = WHY_NOT_RENDERED === undefined ? describe : describe.skip
const because = WHY_NOT_RENDERED === undefined ? '' : ` (${WHY_NOT_RENDERED})`

whereRendered(`on a cluster${because}`, () => {
  if (sets.length === 0) it('holds every rule', () => undefined)
  describe.each(sets)('$name', ({ documents }) => {
    it.each(RULES.map((rule) => [rule.promise, rule] as const))('%s', (_, rule) => {
      expect(rule.faults(documents)).toEqual([])
    })
  })
})

/** A resource, where something is planted in it, what, and what the rule must say of it. */
type Planted = readonly [
  promise: string,
  resource: string,
  path: readonly (string | number)[],
  value: unknown,
  fault: string,
]

const OF_SERVICE = ['spec', 'template', 'spec', 'containers', 0]
const OF_KAFKA = ['spec', 'kafka', 'template', 'kafkaContainer', 'securityContext']
const OF_MONGOD = ['spec', 'statefulSet', 'spec', 'template', 'spec']
const OF_DUMP = ['spec', 'jobTemplate', 'spec', 'template', 'spec']

const planted: readonly Planted[] = [
  [
    'no container runs as root',
    'Service persist',
    [...OF_SERVICE, 'securityContext', 'runAsNonRoot'],
    false,
    'Service persist: user-container may run as root',
  ],
  [
    'no container runs as root',
    'Kafka nowcast',
    [...OF_KAFKA, 'runAsNonRoot'],
    false,
    'KafkaNodePool brokers: kafka may run as root',
  ],
  [
    'no container runs as root',
    'MongoDBCommunity rs0',
    [...OF_MONGOD, 'securityContext'],
    { runAsUser: 0 },
    'MongoDBCommunity rs0: mongod may run as root',
  ],
  [
    'no container runs as root',
    'CronJob mongodb-backup',
    [...OF_DUMP, 'securityContext', 'runAsNonRoot'],
    undefined,
    'CronJob mongodb-backup: dump may run as root',
  ],
  [
    'every root file system is read-only',
    'Service train',
    [...OF_SERVICE, 'securityContext', 'readOnlyRootFilesystem'],
    false,
    'Service train: user-container may write',
  ],
  [
    'every root file system is read-only',
    'Kafka nowcast',
    ['spec', 'entityOperator', 'template', 'userOperatorContainer'],
    {},
    'Kafka nowcast: entity operator: user-operator may write',
  ],
  [
    'no container has a privilege, and none has its node',
    'Service score',
    [...OF_SERVICE, 'securityContext', 'allowPrivilegeEscalation'],
    true,
    'Service score: user-container may gain privileges',
  ],
  [
    'no container has a privilege, and none has its node',
    'Service score',
    [...OF_SERVICE, 'securityContext', 'capabilities', 'add'],
    ['NET_ADMIN'],
    'asks for capabilities',
  ],
  [
    'no container has a privilege, and none has its node',
    'Service score',
    [...OF_SERVICE, 'securityContext', 'seccompProfile', 'type'],
    'Unconfined',
    'may make any system call',
  ],
  [
    'no container has a privilege, and none has its node',
    'Deployment predict-ingress',
    ['spec', 'template', 'spec', 'hostNetwork'],
    true,
    'Deployment predict-ingress shares its node',
  ],
  [
    'no container has a privilege, and none has its node',
    'CronJob mongodb-backup',
    [...OF_DUMP, 'volumes', 0],
    { name: 'backup', hostPath: { path: '/' } },
    'mounts a folder of its node',
  ],
  [
    'every container says what it needs and what it may take',
    'Service predict',
    [...OF_SERVICE, 'resources', 'limits', 'memory'],
    undefined,
    'Service predict: user-container has no resources.limits.memory',
  ],
  [
    'every container says what it needs and what it may take',
    'KafkaNodePool brokers',
    ['spec', 'resources'],
    undefined,
    'KafkaNodePool brokers: kafka has no resources.requests.cpu',
  ],
  [
    'every container says what it needs and what it may take',
    'MongoDBCommunity rs0',
    [...OF_MONGOD, 'containers', 1, 'resources'],
    {},
    'mongodb-agent has no resources',
  ],
  [
    'every container that serves says whether it is ready',
    'Service predict',
    [...OF_SERVICE, 'readinessProbe'],
    undefined,
    'has no readiness probe',
  ],
  [
    'every container that serves says whether it is ready',
    'Deployment predict-ingress',
    ['spec', 'template', 'spec', 'containers', 0, 'livenessProbe'],
    undefined,
    'has no liveness probe',
  ],
  [
    'nothing has a public load balancer',
    'KnativeServing knative-serving',
    ['spec', 'ingress', 'kourier', 'service-type'],
    undefined,
    'its ingress has a public address',
  ],
  [
    'nothing has a public load balancer',
    'Service predict-ingress',
    ['spec', 'type'],
    'LoadBalancer',
    'Service predict-ingress is reached from outside',
  ],
  [
    'nothing has a public load balancer',
    'Kafka nowcast',
    ['spec', 'kafka', 'listeners', 0, 'type'],
    'loadbalancer',
    'listener tls is reached from outside',
  ],
  [
    'every connection to Kafka and MongoDB is encrypted and has a password (SCRAM)',
    'Kafka nowcast',
    ['spec', 'kafka', 'listeners', 0, 'tls'],
    false,
    'listener tls is open',
  ],
  [
    'every connection to Kafka and MongoDB is encrypted and has a password (SCRAM)',
    'KafkaUser train',
    ['spec', 'authentication', 'type'],
    'tls',
    'KafkaUser train has no password',
  ],
  [
    'every connection to Kafka and MongoDB is encrypted and has a password (SCRAM)',
    'KafkaSource persist',
    ['spec', 'net', 'tls', 'enable'],
    false,
    'KafkaSource persist connects without',
  ],
  [
    'every connection to Kafka and MongoDB is encrypted and has a password (SCRAM)',
    'KafkaSource persist',
    ['spec', 'net', 'sasl', 'type', 'secretKeyRef', 'name'],
    'other',
    'KafkaSource persist connects without',
  ],
  [
    'every connection to Kafka and MongoDB is encrypted and has a password (SCRAM)',
    'KafkaSink mldead',
    ['spec', 'auth'],
    undefined,
    'KafkaSink mldead connects without',
  ],
  [
    'every connection to Kafka and MongoDB is encrypted and has a password (SCRAM)',
    'MongoDBCommunity rs0',
    ['spec', 'security', 'tls', 'optional'],
    true,
    'takes connections without TLS',
  ],
  [
    'every connection to Kafka and MongoDB is encrypted and has a password (SCRAM)',
    'MongoDBCommunity rs0',
    ['spec', 'security', 'authentication', 'modes'],
    ['X509'],
    'takes logins other than SCRAM',
  ],
  [
    'every connection to Kafka and MongoDB is encrypted and has a password (SCRAM)',
    'ConfigMap nowcast',
    ['data', 'events-url'],
    'kafka://nowcast-kafka-bootstrap.nowcast.svc:9092?security=plaintext',
    'names an address in plain text',
  ],
  [
    'no right is a wildcard',
    'KafkaUser score',
    ['spec', 'authorization', 'acls', 0, 'resource', 'name'],
    '*',
    'has rights on every topic',
  ],
  [
    'no right is a wildcard',
    'KafkaUser score',
    ['spec', 'authorization', 'acls', 0, 'resource', 'patternType'],
    'prefix',
    'has rights on every topic mlrows',
  ],
  [
    'no right is a wildcard',
    'KafkaUser score',
    ['spec', 'authorization', 'acls', 0, 'operations'],
    ['All'],
    'may do all with topic mlrows',
  ],
  [
    'no right is a wildcard',
    'KafkaUser score',
    ['spec', 'authorization', 'acls', 0, 'resource', 'type'],
    'cluster',
    'has rights on the cluster',
  ],
  [
    'no right is a wildcard',
    'KafkaUser score',
    ['spec', 'authorization'],
    undefined,
    'has no list of rights',
  ],
  [
    'no right is a wildcard',
    'Kafka nowcast',
    ['spec', 'kafka', 'authorization', 'superUsers'],
    ['CN=a'],
    'lets a user do everything',
  ],
  [
    'no right is a wildcard',
    'MongoDBCommunity rs0',
    ['spec', 'users', 0, 'roles', 0, 'name'],
    'readWriteAnyDatabase',
    'MongoDB user persist has the role',
  ],
  [
    'no secret is written in a manifest',
    'Service train',
    [...OF_SERVICE, 'env', 0],
    { name: 'MONGO_PASSWORD', value: 'hunter2' },
    'has MONGO_PASSWORD as plain text',
  ],
  [
    'no secret is written in a manifest',
    'ConfigMap nowcast',
    ['data', 'store'],
    'mongodb://a:b@c/',
    'an address with a password',
  ],
  [
    'no secret is written in a manifest',
    'Deployment predict-ingress',
    ['spec', 'template', 'spec', 'containers', 0, 'args', 0],
    '--cookie-secret=abc',
    'has --cookie-secret as plain text',
  ],
  [
    'every KafkaSource tries again and has a dead letter sink, that of mldead excepted',
    'KafkaSource score',
    ['spec', 'delivery', 'deadLetterSink'],
    undefined,
    'KafkaSource score has no dead letter sink',
  ],
  [
    'every KafkaSource tries again and has a dead letter sink, that of mldead excepted',
    'KafkaSource score',
    ['spec', 'delivery', 'retry'],
    3,
    'KafkaSource score gives up early',
  ],
  [
    'every KafkaSource tries again and has a dead letter sink, that of mldead excepted',
    'KafkaSource dead-letters',
    ['spec', 'delivery', 'deadLetterSink'],
    {},
    'sends letters back to itself',
  ],
  [
    'every image is pinned to an exact version',
    'Deployment predict-ingress',
    ['spec', 'template', 'spec', 'containers', 0, 'image'],
    'quay.io/oauth2-proxy/oauth2-proxy:latest',
    'is no exact version',
  ],
  [
    'every image is pinned to an exact version',
    'Deployment predict-ingress',
    ['spec', 'template', 'spec', 'containers', 0, 'image'],
    'quay.io/oauth2-proxy/oauth2-proxy',
    'is no exact version',
  ],
  [
    'every image is pinned to an exact version',
    'MongoDBCommunity rs0',
    ['spec', 'version'],
    '8.0.99',
    'and its version is 8.0.99',
  ],
  [
    'every image is pinned to an exact version',
    'KnativeServing knative-serving',
    ['spec', 'version'],
    undefined,
    'which is no exact one',
  ],
  [
    'functions are reached from inside only, unless an Ingress leads through authentication',
    'Service predict',
    ['metadata', 'labels'],
    {},
    'Service predict has an address outside',
  ],
  [
    'functions are reached from inside only, unless an Ingress leads through authentication',
    'Ingress predict',
    ['spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service', 'name'],
    'predict',
    'leads to predict, which asks nobody',
  ],
  [
    'functions are reached from inside only, unless an Ingress leads through authentication',
    'Deployment predict-ingress',
    ['spec', 'template', 'spec', 'containers', 0, 'args', 0],
    '--skip-auth-route=.*',
    'leads to predict-ingress, which asks nobody',
  ],
  [
    'functions are reached from inside only, unless an Ingress leads through authentication',
    'Ingress predict',
    ['spec', 'tls'],
    [],
    'answers without TLS',
  ],
  [
    'of every stateful part one pod may leave at a time, by one budget',
    'PodDisruptionBudget mongodb',
    ['spec', 'maxUnavailable'],
    3,
    'MongoDBCommunity rs0 has 1 budgets',
  ],
  [
    'of every stateful part one pod may leave at a time, by one budget',
    'PodDisruptionBudget mongodb',
    ['spec', 'selector', 'matchLabels'],
    { 'strimzi.io/cluster': 'nowcast' },
    'KafkaNodePool brokers has 1 budgets',
  ],
  [
    'of every stateful part one pod may leave at a time, by one budget',
    'Kafka nowcast',
    ['spec', 'kafka', 'template', 'podDisruptionBudget'],
    undefined,
    'does not say how many',
  ],
  [
    'pods of a stateful part stand on different nodes, and in different zones where there are some',
    'MongoDBCommunity rs0',
    [...OF_MONGOD, 'topologySpreadConstraints'],
    [],
    'is not spread by kubernetes.io/hostname',
  ],
  [
    'pods of a stateful part stand on different nodes, and in different zones where there are some',
    'MongoDBCommunity rs0',
    [...OF_MONGOD, 'topologySpreadConstraints', 0, 'labelSelector', 'matchLabels'],
    { app: 'other' },
    'is not spread by topology.kubernetes.io/zone',
  ],
  [
    'the namespace takes only pods without rights over their node',
    'Namespace nowcast',
    ['metadata', 'labels', 'pod-security.kubernetes.io/enforce'],
    'baseline',
    'takes any pod',
  ],
]

whereRendered(`the rules see what is planted${because}`, () => {
  it.each(planted)('%s: %s, %j: %j', (promise, resource, path, value, fault) => {
    const rule = RULES.find((each) => each.promise === promise)
    const changed = full.map((each) =>
      nameOf(each) === resource ? plant(each, path, value) : each,
    )
    expect(changed).not.toEqual(full)
    expect(rule?.faults(changed).join('\n')).toContain(fault)
  })

  it('in every rule', () => {
    const proven = new Set(planted.map(([promise]) => promise))
    expect(RULES.map(({ promise }) => promise).filter((promise) => !proven.has(promise))).toEqual(
      [],
    )
  })
})

const nameOf = ({ kind, metadata }: Document): string => `${kind} ${metadata.name}`

/** The document with a value at a path, or, undefined, without what is there. */
function plant(document: Document, path: readonly (string | number)[], value: unknown): Document {
  const copy = parseDocument(JSON.stringify(document))
  if (value === undefined) copy.deleteIn(path)
  else copy.setIn(path, value)
  const [changed = document] = parseDocuments(String(copy))
  return changed
}
