import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'

import { lintManifests } from '../../../../platform/local/lint/lint.ts'
import { longestRetryMs } from '../../../../platform/local/lint/retention.ts'
import { problemLine } from '../../../../platform/local/manifests/problems.ts'
import { manifestFolder } from '../../../support/manifest-folder.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

const topic = (name: string, config = '') => `apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: { name: ${name} }
spec:
  partitions: 1
  config: { ${config} }
`
const sink = (name: string) => `apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: { name: ${name} }
spec: { topic: ${name}, bootstrapServers: [kafka:9092] }
`
const SERVICE = `apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: work }
spec: { template: { spec: { containers: [{ command: [node, work.js] }] } } }
`
const TO_WORK = 'sink: { ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: work } }'
const DEAD =
  'deadLetterSink: { ref: { apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead } }'

/** A KafkaSource; its delivery begins in line 7, its sink follows. */
const source = (name: string, topics: string, delivery: string[], rest = TO_WORK) =>
  [
    'apiVersion: sources.knative.dev/v1',
    'kind: KafkaSource',
    `metadata: { name: ${name} }`,
    'spec:',
    '  bootstrapServers: [kafka:9092]',
    `  topics: [${topics}]`,
    ...(delivery.length === 0 ? [] : ['  delivery:', ...delivery.map((line) => `    ${line}`)]),
    ...rest.split('\n').map((line) => `  ${line}`),
    '',
  ].join('\n')

const SOUND = {
  'service.yaml': SERVICE,
  'topics.yaml': [topic('orders'), topic('dead')].join('---\n'),
  'sinks.yaml': [sink('orders'), sink('dead')].join('---\n'),
  'source.yaml': source('orders', 'orders', ['retry: 10', DEAD]),
}

/** What is wrong with the sound folder once some of its files are others, one line a problem. */
async function lint(files: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const { problems } = await lintManifests(await manifestFolder({ ...SOUND, ...files }))
  return problems.map(problemLine)
}

it('finds nothing in the manifests of this repository', async () => {
  const { documents, problems } = await lintManifests(root)
  expect(problems.map(problemLine)).toEqual([])
  expect(documents).toBeGreaterThan(20)
})

it('finds nothing in a sound folder, and counts its documents', async () => {
  const { documents, problems } = await lintManifests(await manifestFolder(SOUND))
  expect({ documents, problems }).toEqual({ documents: 6, problems: [] })
})

describe('a KafkaSource', () => {
  it.each<[string, string[], string[]]>([
    [
      'without a delivery block',
      [],
      [
        'source.yaml:4: KafkaSource orders: spec.delivery.retry is missing: Knative tries eleven times and gives up; write how often it tries again, e.g. 60 with backoffPolicy: linear',
        'source.yaml:4: KafkaSource orders: spec.delivery.deadLetterSink is missing: an event that cannot be delivered is lost; name a KafkaSink of a topic for dead letters',
      ],
    ],
    [
      'without retries',
      [DEAD],
      [
        'source.yaml:7: KafkaSource orders: spec.delivery.retry is missing: a fault that passes is not waited for; write how often it tries again, e.g. 60 with backoffPolicy: linear',
      ],
    ],
    [
      'with no retry',
      ['retry: 0', DEAD],
      [
        'source.yaml:8: KafkaSource orders: spec.delivery.retry is 0: a fault that passes is not waited for; write how often it tries again, e.g. 60 with backoffPolicy: linear',
      ],
    ],
    [
      'without a dead letter sink',
      ['retry: 1'],
      [
        'source.yaml:7: KafkaSource orders: spec.delivery.deadLetterSink is missing: an event that cannot be delivered is lost; name a KafkaSink of a topic for dead letters',
      ],
    ],
    [
      'whose dead letters come back to it',
      ['retry: 1', DEAD.replace('name: dead', 'name: orders')],
      [
        'source.yaml:9: KafkaSource orders: spec.delivery.deadLetterSink writes to topic "orders", which this source reads: its letters come back to it; name a KafkaSink of another topic, or remove it',
      ],
    ],
    [
      'whose dead letters come back to it by a plain address',
      [
        'retry: 1',
        'deadLetterSink: { uri: http://kafka-sink-ingress.knative-eventing.svc.cluster.local/default/orders }',
      ],
      [
        'source.yaml:9: KafkaSource orders: spec.delivery.deadLetterSink writes to topic "orders", which this source reads: its letters come back to it; name a KafkaSink of another topic, or remove it',
      ],
    ],
  ])('%s is a fault', async (_, delivery, faults) => {
    expect(await lint({ 'source.yaml': source('orders', 'orders', delivery) })).toEqual(faults)
  })

  it('that reads dead letters alone needs retries and no sink of its own', async () => {
    expect(await lint({ 'dead.yaml': source('letters', 'dead', ['retry: 10']) })).toEqual([])
    expect(await lint({ 'dead.yaml': source('letters', 'dead', ['timeout: PT60S']) })).toEqual([
      expect.stringMatching(/^dead\.yaml:7: KafkaSource letters: spec\.delivery\.retry is missing/),
    ])
  })

  it('that reads dead letters and others needs a dead letter sink, as the others have', async () => {
    const mixed = source('both', 'dead, orders', ['retry: 10'])
    expect(await lint({ 'z.yaml': mixed })).toEqual([
      'z.yaml:7: KafkaSource both: spec.delivery.deadLetterSink is missing: an event that cannot be delivered is lost; name one, as dead',
    ])
  })
})

describe('a name that leads nowhere', () => {
  const other = (kind: string, apiVersion: string, name: string) =>
    `sink: { ref: { apiVersion: ${apiVersion}, kind: ${kind}, name: ${name} } }`
  const sound = ['retry: 10', DEAD]
  it.each<[string, Record<string, string>, string]>([
    [
      'a sink',
      {
        'source.yaml': source(
          'orders',
          'orders',
          sound,
          other('Service', 'serving.knative.dev/v1', 'wrok'),
        ),
      },
      'source.yaml:10: KafkaSource orders: spec.sink names the Service "wrok", and namespace "default" has none; did you mean "work"?',
    ],
    [
      'a dead letter sink',
      {
        'source.yaml': source('orders', 'orders', [
          'retry: 10',
          DEAD.replace('name: dead', 'name: ded'),
        ]),
      },
      'source.yaml:9: KafkaSource orders: spec.delivery.deadLetterSink names the KafkaSink "ded", and namespace "default" has none; did you mean "dead"?',
    ],
    [
      'a topic',
      { 'source.yaml': source('orders', 'order', sound) },
      'source.yaml:6: KafkaSource orders: topic "order" has no KafkaTopic; did you mean "orders"?',
    ],
    [
      "a KafkaSink's topic",
      {
        'sinks.yaml': [sink('orders').replace('topic: orders', 'topic: oders'), sink('dead')].join(
          '---\n',
        ),
      },
      'sinks.yaml:4: KafkaSink orders: topic "oders" has no KafkaTopic; did you mean "orders"?',
    ],
    [
      'a plain address of a Service',
      {
        'source.yaml': source(
          'orders',
          'orders',
          sound,
          'sink: { uri: http://wrok.default.svc.cluster.local/x }',
        ),
      },
      'source.yaml:10: KafkaSource orders: spec.sink.uri names the Service "wrok", and namespace "default" has none; did you mean "work"?',
    ],
    [
      'a plain address of a KafkaSink',
      {
        'source.yaml': source('orders', 'orders', [
          'retry: 10',
          'deadLetterSink: { uri: http://kafka-sink-ingress.knative-eventing.svc/default/ded }',
        ]),
      },
      'source.yaml:9: KafkaSource orders: spec.delivery.deadLetterSink.uri names the KafkaSink "ded", and namespace "default" has none; did you mean "dead"?',
    ],
    [
      'a Secret',
      {
        'service.yaml': SERVICE.replace(
          '[node, work.js]',
          '[node, work.js], envFrom: [{ secretRef: { name: login } }]',
        ),
      },
      'service.yaml:4: Service work: spec.template.spec.containers[0].envFrom[0] names the Secret "login", and namespace "default" has none; add it to platform/secrets.yaml',
    ],
    [
      'a key',
      {
        'service.yaml': SERVICE.replace(
          '[node, work.js]',
          '[node, work.js], env: [{ name: A, valueFrom: { secretKeyRef: { name: login, key: pasword } } }]',
        ),
        'secret.yaml':
          'apiVersion: v1\nkind: Secret\nmetadata: { name: login }\nstringData: { password: x }\n',
      },
      'service.yaml:4: Service work: spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef names the key "pasword", and the Secret "login" has none; did you mean "password"?',
    ],
    [
      'a copied key',
      { 'secrets.yaml': '- name: login\n  keys:\n    password: { from: other/password }\n' },
      'secrets.yaml:3: Credentials: [0].keys.password.from names the Secret "other", and namespace "default" has none; add it to platform/secrets.yaml',
    ],
  ])('%s is a fault', async (_, files, fault) => {
    expect(await lint(files)).toEqual([fault])
  })

  it.each([
    'http://example.com/',
    'http://work.default.svc.cluster.local/',
    // Somebody else's: the folder says nothing of that namespace.
    'http://other.elsewhere.svc.cluster.local/',
  ])('%s is none', async (uri) => {
    const to = `sink: { uri: '${uri}' }`
    expect(await lint({ 'source.yaml': source('orders', 'orders', sound, to) })).toEqual([])
  })
})

it('tells of keys that are copies of one another, and not of those that lead into the circle', async () => {
  const file = [
    '- name: other',
    '  namespace: elsewhere',
    '  keys: { a: x }',
    '- name: a',
    '  keys:',
    '    x: { from: b/w }',
    '    z: { from: a/x }',
    '- name: b',
    '  keys:',
    '    w: { from: a/x }',
    '    self: { from: b/self }',
  ].join('\n')
  const way = 'is in the end a copy of itself, so nobody gives it a value; generate one of them'
  expect(await lint({ 'secrets.yaml': file })).toEqual([
    `secrets.yaml:6: Credentials secrets: key "x" of Secret "a" ${way}`,
    `secrets.yaml:10: Credentials secrets: key "w" of Secret "b" ${way}`,
    `secrets.yaml:11: Credentials secrets: key "self" of Secret "b" ${way}`,
  ])
})

describe('a consumer group of two sources', () => {
  const grouped = (name: string, topics: string) =>
    source(name, topics, ['retry: 1', DEAD], `consumerGroup: g\n${TO_WORK}`)
  it.each([
    ['on one topic', 'orders', 'each record of "orders" reaches only one of them'],
    ['on two topics', 'dead', 'deleting one of them deletes the offsets of both'],
  ])('%s is a fault', async (_, topics, harm) => {
    const second = grouped('second', topics).replace(DEAD, DEAD.replace('dead }', 'orders }'))
    const files = { 'source.yaml': grouped('first', 'orders'), 'z.yaml': second }
    const faults = await lint(files)
    expect(faults).toContain(
      `z.yaml:10: KafkaSource second: spec.consumerGroup is "g", as of KafkaSource first (source.yaml:1): ${harm}; give each source a group of its own`,
    )
  })

  it('is no fault when each has its own, named or not', async () => {
    const files = {
      'a.yaml': source('a', 'orders', ['retry: 1', DEAD]),
      'b.yaml': grouped('b', 'orders'),
    }
    expect(await lint(files)).toEqual([])
  })
})

describe('the longest retry', () => {
  const delivery = {
    retry: undefined,
    backoffPolicy: undefined,
    backoffDelayMs: undefined,
    timeoutMs: undefined,
    deadLetterSink: undefined,
  }
  const dead = { ref: undefined, uri: 'http://dead.example/' }
  it.each([
    // Eleven attempts of 600 s, and 0.3 s · (2 + 4 + … + 1024) of waits: knative-contract 2.4.
    ['without a delivery block', undefined, 11 * 600_000 + 300 * 2_046],
    ['of no retry', { ...delivery, retry: 0, timeoutMs: 5_000 }, 5_000],
    [
      'of linear waits',
      {
        ...delivery,
        retry: 60,
        backoffPolicy: 'linear' as const,
        backoffDelayMs: 1_000,
        timeoutMs: 60_000,
      },
      61 * 60_000 + 1_000 * 1_830,
    ],
    [
      'of exponential waits',
      { ...delivery, retry: 3, backoffDelayMs: 1_000, timeoutMs: 1_000 },
      4 * 1_000 + 1_000 * (2 + 4 + 8),
    ],
    [
      'with a dead letter sink, which is tried by the same plan',
      {
        ...delivery,
        retry: 1,
        backoffPolicy: 'linear' as const,
        backoffDelayMs: 1_000,
        timeoutMs: 2_000,
        deadLetterSink: dead,
      },
      2 * (2 * 2_000 + 1_000),
    ],
  ])('%s', (_, block, longest) => {
    expect(longestRetryMs({ delivery: block })).toBe(longest)
  })

  it.each<[string, string[], string | undefined]>([
    [
      'retention.ms: 19999',
      ['retry: 1', 'timeout: PT4S', 'backoffPolicy: linear', 'backoffDelay: PT2S', DEAD],
      'topics.yaml:6: KafkaTopic orders: spec.config["retention.ms"] keeps records for 19 s, and KafkaSource orders (source.yaml:1) may try one for 20 s; keep them for longer, or let it give up sooner',
    ],
    [
      'retention.ms: 20000',
      ['retry: 1', 'timeout: PT4S', 'backoffPolicy: linear', 'backoffDelay: PT2S', DEAD],
      undefined,
    ],
    ['retention.ms: -1', ['retry: 1000000000', DEAD], undefined],
    [
      '',
      ['retry: 40', 'backoffDelay: PT1S', DEAD],
      'topics.yaml:6: KafkaTopic orders: spec.config["retention.ms"] keeps records for 7 d, and KafkaSource orders (source.yaml:1) may try one for more than a century; keep them for longer, or let it give up sooner',
    ],
  ])('is not longer than a topic with %j keeps a record', async (config, lines, fault) => {
    const files = {
      'topics.yaml': [topic('orders', config), topic('dead')].join('---\n'),
      'source.yaml': source('orders', 'orders', lines),
    }
    expect(await lint(files)).toEqual(fault === undefined ? [] : [fault])
  })
})

it('tells a missing name beside what loses events, and neither while a document cannot be read', async () => {
  const faulty = source('orders', 'order', ['retry: 10'])
  expect(await lint({ 'source.yaml': faulty })).toEqual([
    expect.stringContaining('source.yaml:6: KafkaSource orders: topic "order" has no KafkaTopic'),
    expect.stringContaining('source.yaml:7: KafkaSource orders: spec.delivery.deadLetterSink'),
  ])
  expect(await lint({ 'source.yaml': faulty.replace('retry', 'rety') })).toEqual([
    'source.yaml:8: KafkaSource orders: spec.delivery.rety is not a field; did you mean "retry"?',
  ])
})
