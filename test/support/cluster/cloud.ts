import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { z } from 'zod'

import { parseObjects } from '../../../scripts/lib/cluster/objects.ts'
import type { KubernetesObject } from '../../../scripts/lib/cluster/objects.ts'
import { kafkaSink, operators } from '../../../scripts/lib/cluster/versions.ts'
import { secretNeeds } from './secret-needs.ts'
import type { Answer, Call } from './stand-ins.ts'

/**
 * A cloud as gcloud, kubectl and helm see it: it keeps what they change, and its operators do as the real ones as far
 * as anybody waits for them. A kind is known once its operator is installed, and ready once the Secrets are there that
 * it reads.
 */
export interface Cloud {
  answer(call: Call): Answer
  /** Every call so far, in its order. */
  readonly calls: readonly Call[]
  /** The calls that change something. */
  changes(): Call[]
  readonly objects: ReadonlyMap<string, KubernetesObject>
  /** Puts an object there, as an operator or somebody else would. */
  put(object: KubernetesObject): void
  /** Whether a change fails, and how: asked before each. */
  interfere: (change: Call) => Failure | undefined
  /** Whether Kafka's own tool works in a broker's pod. */
  brokersAnswer: boolean
  /** What it holds, for another cloud to begin with. */
  state(): State
  /** A kind that is slow: how many times its objects are asked for before they are ready. */
  slow: { kind: string; times: number }
}

/** What a cloud holds: objects of a cluster, what is installed on it, and Google's side. */
export interface State {
  readonly objects: Map<string, KubernetesObject>
  readonly installed: Set<string>
  readonly google: Google
}

interface Google {
  apis: string
  cluster: string
  context: string
  repository: boolean
  image: boolean
}

const NOTHING: State = {
  objects: new Map(),
  installed: new Set(),
  google: { apis: '', cluster: '', context: '', repository: false, image: false },
}

interface Failure {
  /** Whether it has taken effect when it fails: the answer was lost. */
  readonly tookEffect: boolean
  readonly stderr: string
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`
const READY = { conditions: [{ type: 'Ready', status: 'True' }] }
/** What makes a group of kinds known: an installed release or manifest, or an object. */
const KNOWN_BY: readonly (readonly [RegExp, string])[] = [
  [/^operator\.knative\.dev$/, operators.knative.url],
  [/^kafka\.strimzi\.io$/, operators.strimzi.name],
  [/^mongodbcommunity\.mongodb\.com$/, operators.mongodb.name],
  [/\.k8s\.elastic\.co$/, operators.elastic.name],
  [/^serving\.knative\.dev$/, 'KnativeServing/knative-serving/knative-serving'],
  [/^(?:sources|eventing)\.knative\.dev$/, 'KnativeEventing/knative-eventing/knative-eventing'],
]
const READS = [
  /^gcloud (?:services list|config|container clusters describe|artifacts docker|artifacts repositories describe|compute)/,
  /^kubectl (?:--context \S+ )?(?:--namespace \S+ )?(?:get|diff|kustomize|config|port-forward|exec)\b/,
  /^helm (?:list|show)/,
]

export function openCloud(begin: State = NOTHING): Cloud {
  const calls: Call[] = []
  const { objects, installed, google } = structuredClone(begin)
  const known = (each: KubernetesObject): boolean => {
    const group = each.apiVersion.replace(/\/.*$/, '')
    const by = KNOWN_BY.find(([pattern]) => pattern.test(group))
    return by === undefined || installed.has(by[1]) || objects.has(by[1])
  }
  const unknown = (each: KubernetesObject): Answer => ({
    code: 1,
    stderr: `error: no matches for kind "${each.kind}" in version "${each.apiVersion}"`,
  })
  const put = (each: KubernetesObject): void => {
    objects.set(keyOf(each), each)
    for (const made of madeBy(each)) if (!objects.has(keyOf(made))) objects.set(keyOf(made), made)
  }
  const apply = (wanted: readonly KubernetesObject[]): Answer => {
    const stranger = wanted.find((each) => !known(each))
    if (stranger !== undefined) return unknown(stranger)
    for (const each of wanted) {
      const { namespace } = each.metadata
      const hasNone =
        namespace !== undefined &&
        !objects.has(`Namespace//${namespace}`) &&
        !wanted.some(({ kind, metadata }) => kind === 'Namespace' && metadata.name === namespace)
      if (hasNone) return { code: 1, stderr: `namespaces "${namespace}" not found` }
      put(each)
    }
    return {}
  }
  const cloud: Cloud = {
    calls,
    objects,
    put,
    interfere: () => undefined,
    brokersAnswer: true,
    state: () => structuredClone({ objects, installed, google }),
    slow: { kind: '', times: 0 },
    changes: () => calls.filter((call) => !isRead(call)),
    answer(call) {
      calls.push(call)
      const failure = isRead(call) ? undefined : cloud.interfere(call)
      if (failure?.tookEffect === false) return { code: 1, stderr: failure.stderr }
      const answer = programs[call.program]?.(call) ?? { code: 127, stderr: 'no such program' }
      return failure === undefined ? answer : { code: 1, stderr: failure.stderr }
    },
  }
  const statusOf = (each: KubernetesObject): unknown => {
    if (each.kind === cloud.slow.kind && cloud.slow.times > 0) {
      cloud.slow.times -= 1
      return {}
    }
    const isMissing = secretNeeds(each).some(({ name, key }) => {
      const found = objects.get(`Secret/${each.metadata.namespace ?? ''}/${name}`)
      return found === undefined || (key !== undefined && dataOf(found)[key] === undefined)
    })
    if (isMissing) return { conditions: [{ type: 'Ready', status: 'False', message: 'a Secret' }] }
    const isSinkAlone = each.kind === 'KafkaSink' && !installed.has(kafkaSink.url)
    if (isSinkAlone) return {}
    const more = { phase: 'Running', health: 'green', availableReplicas: 9 }
    return {
      ...READY,
      ...more,
      url: `http://${each.metadata.name}.example`,
    }
  }
  const shown = (each: KubernetesObject): KubernetesObject =>
    each.kind === 'Secret' ? each : { ...each, status: statusOf(each) }
  const list = (found: readonly KubernetesObject[]): Answer => ({
    stdout: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: found.map(shown) }),
  })

  const isServed = (words: string): boolean => {
    const group = words.replace(/^[^.]*\.?/, '')
    return group === '' || known(object(`${group}/v1`, '', ''))
  }

  const kubectl = ({ words, input }: Call): Answer => {
    const [verb = '', ...rest] = withoutPlace(words)
    const file = valueOf(words, '-f')
    if (verb === 'kustomize') return { stdout: built(rest[0] ?? '') }
    if (verb === 'config') return { stdout: google.context }
    if (verb === 'port-forward') {
      return { stdout: `Forwarding from 127.0.0.1:40001 -> ${rest[1] ?? ''}\n`, stays: true }
    }
    if (verb === 'exec') {
      return cloud.brokersAnswer ? { stdout: LAGS } : { code: 1, stderr: 'no certificate\n' }
    }
    if (file?.startsWith('https://') === true) {
      if (verb === 'delete') installed.delete(file)
      else installed.add(file)
      for (const each of released(file)) {
        if (verb === 'delete') objects.delete(keyOf(each))
        else put(each)
      }
      return {}
    }
    if (verb === 'apply') return apply(parseObjects(input, 'input'))
    if (verb === 'diff') {
      const wanted = parseObjects(input, 'input')
      const stranger = wanted.find((each) => !known(each))
      if (stranger !== undefined) return { ...unknown(stranger), code: 2 }
      const isSame = wanted.every(
        (each) => JSON.stringify(objects.get(keyOf(each))) === JSON.stringify(each),
      )
      // A real server counts a change where a document says `ingress: []` and it has stored none.
      const isCounted = wanted.some(({ kind }) => kind === 'NetworkPolicy')
      if (isSame && isCounted) return { code: 1, stdout: COUNTED }
      return { code: isSame ? 0 : 1 }
    }
    if (verb === 'delete') {
      const gone = file === '-' ? parseObjects(input, 'input').map(keyOf) : claims(objects)
      for (const key of gone) objects.delete(key)
      return {}
    }
    if (file === '-') {
      const wanted = parseObjects(input, 'input')
      const found = wanted.flatMap((each) => objects.get(keyOf(each)) ?? [])
      return {
        ...list(found),
        ...(wanted.every(known) ? {} : { code: 1, stderr: 'no matches for kind' }),
      }
    }
    const [kind = '', name] = rest
    if (!isServed(kind))
      return { code: 1, stderr: `the server doesn't have a resource type "${kind}"` }
    const asked = [...objects.values()].filter((each) => isOfKind(each, kind))
    if (valueOf(words, '-o') === 'name') {
      return { stdout: asked.map((each) => `${kind}/${each.metadata.name}`).join('\n') }
    }
    if (name === undefined || name.startsWith('-')) return list(asked)
    const one = asked.find((each) => each.metadata.name === name)
    return { stdout: one === undefined ? '' : JSON.stringify(shown(one)) }
  }

  const helm = ({ words }: Call): Answer => {
    const [verb = '', ...rest] = words
    if (verb === 'show') return { stdout: kindsOf(rest[1] ?? '') }
    if (verb === 'list') {
      const name = (valueOf(words, '--filter') ?? '').replaceAll(/[$^]/g, '')
      const operator = Object.values(operators).find((each) => each.name === name)
      const release = { name, chart: `${name}-${operator?.version ?? ''}`, status: 'deployed' }
      return { stdout: JSON.stringify(installed.has(name) ? [release] : []) }
    }
    if (verb === 'uninstall') installed.delete(rest[0] ?? '')
    if (verb !== 'upgrade') return {}
    // The charts of Strimzi and MongoDB put roles there.
    if (!objects.has('Namespace//nowcast'))
      return { code: 1, stderr: 'namespace nowcast not found' }
    installed.add(rest[1] ?? '')
    return {}
  }

  const gcloud = (call: Call): Answer => {
    const text = textOf(call)
    const absent = { code: 1, stderr: 'ERROR: NOT_FOUND: there is none' }
    if (/services list/.test(text)) return { stdout: google.apis }
    if (/clusters describe/.test(text)) {
      return google.cluster === '' ? absent : { stdout: google.cluster }
    }
    if (/images describe/.test(text)) return google.image ? { stdout: DIGEST } : absent
    if (/repositories describe/.test(text)) return google.repository ? { stdout: 'it' } : absent
    if (/compute disks/.test(text)) return { stdout: 'pvc-left\t10\tus-central1-a' }
    if (/services enable/.test(text)) google.apis = call.words.join('\n')
    if (/clusters create/.test(text)) google.cluster = 'RUNNING'
    if (/clusters delete/.test(text)) google.cluster = ''
    if (/get-credentials/.test(text)) google.context = 'gke_p_us-central1_nowcast'
    if (/repositories create/.test(text)) google.repository = true
    if (/builds submit/.test(text)) google.image = true
    if (/clusters create/.test(text)) put(GOOGLE_DISKS)
    return {}
  }
  const programs: Readonly<Record<string, (call: Call) => Answer>> = {
    kubectl,
    helm,
    gcloud,
    node: () => ({}),
  }
  return cloud
}

function isRead(call: Call): boolean {
  return READS.some((read) => read.test(textOf(call)))
}

/** A call as it could be typed. */
export function textOf({ program, words }: Call): string {
  return [program, ...words].join(' ')
}

const GOOGLE_DISKS = object('storage.k8s.io/v1', 'CSIDriver', 'pd.csi.storage.gke.io', '')
const LAGS = `GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID
persist mltest 0 10 15 5 one
persist mltest 1 10 12 2 two
`

const COUNTED = `--- /tmp/LIVE-1/v1.NetworkPolicy.nowcast.one
+++ /tmp/MERGED-1/v1.NetworkPolicy.nowcast.one
@@ -5,7 +5,7 @@
-  generation: 4
+  generation: 5
   name: one
`

/** A part of an overlay: its bases, or for the parts that tests need only in outline a few documents of each kind. */
function built(folder: string): string {
  const part = path.basename(folder)
  const outline = OUTLINES[part]
  if (outline !== undefined) return outline.map((each) => stringify(each)).join('---\n')
  const bases = part === 'functions' ? '{functions/*/service,eventing/*}' : `platform/${part}/*`
  return globSync(`${bases}.yaml`, { cwd: ROOT })
    .toSorted()
    .filter((file) => path.basename(file) !== 'kustomization.yaml')
    .map((file) => readFileSync(path.join(ROOT, file), 'utf8'))
    .join('\n---\n')
}

const OUTLINES: Readonly<Record<string, readonly KubernetesObject[]>> = {
  gke: [
    object('v1', 'Namespace', 'nowcast', ''),
    object('storage.k8s.io/v1', 'StorageClass', 'fast', ''),
  ],
  knative: [
    object('v1', 'Namespace', 'knative-serving', ''),
    object('v1', 'Namespace', 'knative-eventing', ''),
    object('operator.knative.dev/v1beta1', 'KnativeServing', 'knative-serving', 'knative-serving'),
    object(
      'operator.knative.dev/v1beta1',
      'KnativeEventing',
      'knative-eventing',
      'knative-eventing',
    ),
  ],
  elk: [
    object('elasticsearch.k8s.elastic.co/v1', 'Elasticsearch', 'nowcast'),
    object('kibana.k8s.elastic.co/v1', 'Kibana', 'nowcast'),
    object('logstash.k8s.elastic.co/v1alpha1', 'Logstash', 'nowcast'),
    object('networking.k8s.io/v1', 'NetworkPolicy', 'logstash'),
  ],
}

/** What an operator makes of an object, as far as somebody reads it. */
function madeBy({ kind, metadata: { name } }: KubernetesObject): KubernetesObject[] {
  const secret = (suffix: string, data: Record<string, string>): KubernetesObject => ({
    ...object('v1', 'Secret', `${name}${suffix}`),
    data: Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    ),
  })
  switch (kind) {
    case 'Kafka':
      return [
        secret('-cluster-ca-cert', { 'ca.crt': 'PEM', 'ca.p12': 'P12', 'ca.password': 'hush-ca' }),
        {
          ...object('v1', 'Pod', `${name}-brokers-0`),
          metadata: {
            name: `${name}-brokers-0`,
            namespace: 'nowcast',
            labels: { 'strimzi.io/broker-role': 'true' },
          },
          spec: { containers: [{ resources: { requests: { cpu: '500m', memory: '2Gi' } } }] },
        },
        {
          ...object('v1', 'PersistentVolumeClaim', `data-${name}-brokers-0`),
          spec: { storageClassName: 'fast', resources: { requests: { storage: '100Gi' } } },
        },
      ]
    case 'KafkaUser':
      return [secret('', { password: 'hush-user', 'sasl.jaas.config': 'login hush-user;' })]
    case 'MongoDBCommunity':
      return ['evaluate', 'persist', 'predict', 'score', 'train'].map((user) => ({
        ...secret('', { 'connectionString.standard': `mongodb://${user}:hush@mongodb` }),
        metadata: { name: `nowcast-mongodb-admin-${user}`, namespace: 'nowcast' },
      }))
    case 'Elasticsearch':
      return [
        secret('-es-elastic-user', { elastic: 'hush-elastic' }),
        secret('-es-http-certs-public', { 'ca.crt': 'PEM of Elasticsearch' }),
      ]
    case 'Kibana':
      return [secret('-kb-http-certs-public', { 'ca.crt': 'PEM of Kibana' })]
    default:
      return []
  }
}

/** The kinds in a chart that helm would not upgrade; Elastic's chart has its kinds among its templates. */
function kindsOf(chart: string): string {
  if (chart === operators.elastic.chart) return ''
  return stringify(object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', `of ${chart}`, ''))
}

/** What a release manifest holds, as far as somebody asks for it. */
function released(url: string): KubernetesObject[] {
  return [operators.knative, kafkaSink]
    .filter((each) => each.url === url)
    .flatMap(({ deployments, namespace, version }) =>
      deployments.map((name) => ({
        ...object('apps/v1', 'Deployment', name, namespace),
        metadata: { name, namespace, labels: { 'app.kubernetes.io/version': version } },
      })),
    )
}

function object(
  apiVersion: string,
  kind: string,
  name: string,
  namespace = 'nowcast',
): KubernetesObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === '' ? {} : { namespace }) } }
}

/** Words without the context and the namespace, which may stand before the verb. */
function withoutPlace(words: readonly string[]): string[] {
  return words.filter(
    (word, index) =>
      !['--context', '--namespace'].includes(word) &&
      !['--context', '--namespace'].includes(words[index - 1] ?? ''),
  )
}

function valueOf(words: readonly string[], option: string): string | undefined {
  const index = words.indexOf(option)
  return index === -1 ? undefined : words[index + 1]
}

/** Whether an object is of a kind as kubectl's words call it: `secrets`, `kafkas.kafka.strimzi.io`. */
function isOfKind({ kind, apiVersion }: KubernetesObject, words: string): boolean {
  const [plural = '', ...group] = words.split('.')
  const isNamed = plural.replace(/(?<=class)es$|s$/, '') === kind.toLowerCase()
  const isCore = !apiVersion.includes('.') || !apiVersion.includes('/')
  return (
    isNamed &&
    (group.length === 0
      ? isCore || kind !== 'Service'
      : apiVersion.startsWith(`${group.join('.')}/`))
  )
}

function keyOf({ kind, metadata: { name, namespace = '' } }: KubernetesObject): string {
  return `${kind}/${namespace}/${name}`
}

function claims(objects: ReadonlyMap<string, KubernetesObject>): string[] {
  return [...objects.keys()].filter((key) => key.startsWith('PersistentVolumeClaim/'))
}

/** The values of a Secret, in base64. */
export function dataOf(secret: KubernetesObject): Readonly<Record<string, string>> {
  const data = z.looseObject({ data: z.record(z.string(), z.string()).default({}) })
  return data.parse(secret).data
}
