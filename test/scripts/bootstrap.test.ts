import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'

import type { KubernetesObject } from '../../scripts/lib/cluster/objects.ts'
import { operators } from '../../scripts/lib/cluster/versions.ts'
import type { Outcome } from '../support/cli.ts'
import { dataOf, textOf } from '../support/cluster/cloud.ts'
import { openStage } from '../support/cluster/script.ts'
import type { Stage } from '../support/cluster/script.ts'
import { subjectOf } from '../support/cluster/subject.ts'

const GOOGLE = ['--project', 'p']
/** Many processes in turn, on machines that do other things beside. */
const LONG_MS = 120_000
const DIGEST = /nowcast@sha256:[0-9a-f]{64}/

/** The generated values that the cluster was given. */
function secretsOf({ cloud }: Stage): string[] {
  return [...cloud.objects.values()]
    .filter(({ kind }) => kind === 'Secret')
    .flatMap((each) => Object.entries(dataOf(each)))
    .filter(([key]) => ['password', 'tls.key', 'elastic', 'sasl.jaas.config'].includes(key))
    .flatMap(([, value]) => [value, Buffer.from(value, 'base64').toString()])
}

let first: Outcome
let begun: Stage
beforeAll(async () => {
  begun = await openStage()
  first = await begun.run('bootstrap', ...GOOGLE)
}, LONG_MS)
afterAll(async () => {
  await begun.close()
})

describe('a first bootstrap', () => {
  it('brings up cluster, operators, parts and functions in this order', () => {
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toContain('Nowcast runs on gke_p_us-central1_nowcast')
    expect(begun.cloud.changes().map(subjectOf)).toEqual([
      'services enable',
      'container clusters create-auto',
      'container clusters get-credentials',
      'Namespace StorageClass',
      'operator.yaml',
      'of oci://quay.io/strimzi-helm/strimzi-kafka-operator',
      'release strimzi-kafka-operator',
      'of mongodb-kubernetes',
      'release mongodb-kubernetes',
      'release eck-operator',
      'credentials',
      'Namespace KnativeServing KnativeEventing',
      'eventing-kafka-sink.yaml',
      expect.stringMatching(/\bKafka\b.*\bKafkaTopic\b.*\bKafkaUser\b/),
      'copies',
      expect.stringContaining('MongoDBCommunity'),
      'Elasticsearch Kibana Logstash NetworkPolicy',
      'artifacts repositories create',
      'builds submit',
      expect.stringMatching(/KafkaSource.*KafkaSink.*Service/),
      'scripts/elk.ts',
    ])
  })

  it('names no generated value on a command line or in its output', () => {
    const secrets = secretsOf(begun)
    expect(secrets.length).toBeGreaterThan(20)
    const seen = [first.stdout, first.stderr, ...begun.cloud.calls.map(textOf)].join('\n')
    expect(secrets.filter((secret) => seen.includes(secret))).toEqual([])
  })

  it('deploys the image by the digest that was built', () => {
    const service = begun.cloud.objects.get('Service/nowcast/persist')
    expect(JSON.stringify(service)).toMatch(DIGEST)
  })
})

describe('bootstrap', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await openStage()
  })
  afterEach(async () => {
    await stage.close()
  })

  it(
    'changes nothing the second time',
    async () => {
      const again = await openStage(begun.cloud.state())
      const { code, stdout } = await again.run('bootstrap', ...GOOGLE)
      await again.close()
      expect(code).toBe(0)
      // The dashboards' own script finds out what differs.
      expect(again.cloud.changes().map(subjectOf)).toEqual(['scripts/elk.ts'])
      expect(stdout.match(/already so/g)).toHaveLength(17)
    },
    LONG_MS,
  )

  it(
    'prints every command and manifest in a dry run, asks no cluster and changes nothing',
    async () => {
      const { code, stdout } = await stage.run('bootstrap', '--dry-run', ...GOOGLE)
      expect(code).toBe(0)
      expect(
        stage.cloud.calls.map(textOf).filter((text) => !text.startsWith('kubectl kustomize ')),
      ).toEqual([])
      for (const { name, version } of Object.values(operators)) {
        expect(stdout).toContain(name)
        expect(stdout).toContain(version)
      }
      expect(stdout).toContain('$ gcloud container clusters create-auto nowcast')
      expect(stdout).toContain('kind: KafkaUser')
      expect(stdout).toContain('password: <generated>')
      expect(stdout).toContain('tls.key: <generated>')
      expect(stdout).toContain('ca.crt: <copy of nowcast-cluster-ca-cert/ca.crt>')
      expect(stdout).not.toMatch(/^kind: Secret\n(?:(?!---)[\s\S])*^data:/m)
      expect(stdout).not.toContain('Nowcast runs')
    },
    LONG_MS,
  )

  it(
    'quotes no generated value of what a cluster refuses',
    async () => {
      stage.cloud.interfere = ({ input }) =>
        input.includes('kind: Secret')
          ? { tookEffect: false, stderr: `invalid: ${input}` }
          : undefined
      const { code, stderr } = await stage.run('bootstrap', ...GOOGLE)
      expect(code).toBe(1)
      expect(stderr).toMatch(/^credentials: kubectl .* failed/)
      const [sent] = stage.cloud.calls.filter(({ input }) => input.includes('kind: Secret'))
      const values = [...(sent?.input ?? '').matchAll(/password: (\S+)/g)].map(
        ([, value]) => value ?? '',
      )
      expect(values.length).toBeGreaterThan(5)
      expect(values.filter((value) => stderr.includes(value))).toEqual([])
    },
    LONG_MS,
  )

  it(
    'keeps the credentials that are there, and refreshes copies',
    async () => {
      for (const each of begun.cloud.objects.values()) stage.cloud.put(each)
      const { objects } = stage.cloud
      const authority = 'Secret/nowcast/nowcast-cluster-ca-cert'
      const before = secretsOf(stage)
      const renewed = Buffer.from('renewed').toString('base64')
      stage.cloud.put({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'nowcast-cluster-ca-cert', namespace: 'nowcast' },
        data: { 'ca.crt': renewed, 'ca.p12': renewed, 'ca.password': renewed },
      })
      expect(objects.has(authority)).toBe(true)
      await stage.run('bootstrap', '--only', 'credentials', ...GOOGLE)
      expect(secretsOf(stage)).toEqual(before)
      const user = objects.get('Secret/nowcast/kafka-persist')
      expect(user && dataOf(user)['ca.crt']).toBe(renewed)
    },
    LONG_MS,
  )

  describe('on a cluster that exists', () => {
    const EXISTING = ['--context', 'kind-one', '--image', 'registry.example/nowcast:1']

    it(
      'asks nothing of Google and leaves out what only Google has',
      async () => {
        for (const name of ['fast', 'slow']) stage.cloud.put(storageClass(name))
        const { code, stderr } = await stage.run('bootstrap', ...EXISTING)
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
        expect(stage.cloud.calls.filter(({ program }) => program === 'gcloud')).toEqual([])
        expect(stage.cloud.changes().map(subjectOf)[0]).toBe('Namespace')
        const service = JSON.stringify(stage.cloud.objects.get('Service/nowcast/score'))
        expect(service).toContain('"image":"registry.example/nowcast:1"')
      },
      LONG_MS,
    )

    it(
      'refuses one that lacks a storage class, before it changes anything',
      async () => {
        stage.cloud.put(storageClass('slow'))
        const { code, stderr } = await stage.run('bootstrap', ...EXISTING)
        expect(stderr).toContain('the cluster has no storage class fast; make it, or use')
        expect(code).toBe(1)
        expect(stage.cloud.changes()).toEqual([])
      },
      LONG_MS,
    )

    it(
      'takes only the steps that are asked for',
      async () => {
        for (const name of ['fast', 'slow']) stage.cloud.put(storageClass(name))
        const { code } = await stage.run(
          'bootstrap',
          ...EXISTING,
          '--only',
          'namespace,credentials',
        )
        expect(code).toBe(0)
        expect(stage.cloud.changes().map(subjectOf)).toEqual(['Namespace', 'credentials'])
      },
      LONG_MS,
    )
  })

  it(
    'waits until a part is ready and says what is missing meanwhile',
    async () => {
      stage.cloud.slow = { kind: 'Kafka', times: 2 }
      const { code, stdout } = await stage.run('bootstrap', ...GOOGLE)
      expect(code).toBe(0)
      expect(stdout).toMatch(
        /^kafka …\n {2}\d+ of \d+ ready; Kafka nowcast: says nothing yet\n✓ kafka/m,
      )
    },
    LONG_MS,
  )

  it(
    'gives up at its deadline and says what was missing',
    async () => {
      stage.cloud.slow = { kind: 'Deployment', times: Number.POSITIVE_INFINITY }
      const { code, stderr } = await stage.run('bootstrap', '--deadline', '0.001', ...GOOGLE)
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^knative-operator: not so after .*: Deployment knative-operator: 0 of 1/,
      )
    },
    LONG_MS,
  )

  it.each([
    ['an overlay that is none', ['--overlay', 'large'], 'Allowed choices are dev, production'],
    ['a step that is none', ['--only', 'kafak'], '"kafak" is none of apis'],
    ['a deadline that is none', ['--deadline', 'soon'], 'Give a number of minutes'],
  ])('refuses %s', async (_what, words, message) => {
    const { code, stderr } = await stage.run('bootstrap', ...words)
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
    expect(stage.cloud.calls).toEqual([])
  })
})

function storageClass(name: string): KubernetesObject {
  return { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name } }
}
