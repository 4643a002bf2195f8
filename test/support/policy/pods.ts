import { z } from 'zod'
import type { Document } from '../kustomize.ts'

const capabilities = z.looseObject({
  add: z.array(z.string()).default([]),
  drop: z.array(z.string()).default([]),
})
const security = z.looseObject({
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.number().optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  allowPrivilegeEscalation: z.boolean().optional(),
  privileged: z.boolean().optional(),
  capabilities: capabilities.optional(),
  seccompProfile: z.looseObject({ type: z.string() }).optional(),
})
const amounts = z.record(z.string(), z.union([z.string(), z.number()])).default({})
const resources = z.looseObject({ requests: amounts, limits: amounts })
const container = z.looseObject({
  name: z.string().default('user-container'),
  image: z.string().optional(),
  args: z.array(z.string()).default([]),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  resources: resources.optional(),
  securityContext: security.optional(),
  readinessProbe: z.unknown().optional(),
  livenessProbe: z.unknown().optional(),
})
const podSpec = z.looseObject({
  containers: z.array(container).default([]),
  initContainers: z.array(container).default([]),
  securityContext: security.optional(),
  hostNetwork: z.boolean().optional(),
  hostPID: z.boolean().optional(),
  hostIPC: z.boolean().optional(),
  volumes: z.array(z.looseObject({ hostPath: z.unknown().optional() })).default([]),
  topologySpreadConstraints: z.array(z.unknown()).default([]),
})
const template = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }).optional(),
  spec: podSpec,
})

type Security = z.output<typeof security>
type PodSpec = z.output<typeof podSpec>

export interface Container {
  /** E.g. `Deployment predict-ingress: proxy`. */
  readonly who: string
  readonly image: string | undefined
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value?: string | undefined }[]
  readonly resources: z.output<typeof resources> | undefined
  /** The pod's and its own together. */
  readonly security: Security
  readonly hasReadinessProbe: boolean
  readonly hasLivenessProbe: boolean
  /** An operator fills in what is left out: image, probes, the resources of what only prepares the pod. */
  readonly isOperators: boolean
  readonly isInit: boolean
}

export interface Pod {
  readonly who: string
  readonly kind: string
  readonly labels: Readonly<Record<string, string>>
  readonly spec: PodSpec
  readonly containers: readonly Container[]
}

const knative = z.looseObject({ spec: z.looseObject({ template }) })
const cronJob = z.looseObject({
  spec: z.looseObject({ jobTemplate: z.looseObject({ spec: z.looseObject({ template }) }) }),
})
const elasticsearch = z.looseObject({
  spec: z.looseObject({
    nodeSets: z.array(z.looseObject({ name: z.string(), podTemplate: template })),
  }),
})
const elastic = z.looseObject({ spec: z.looseObject({ podTemplate: template }) })
const mongodb = z.looseObject({
  spec: z.looseObject({
    statefulSet: z.looseObject({ spec: z.looseObject({ template }) }),
  }),
})
const ofContainer = z.looseObject({ securityContext: security.optional() }).optional()
const ofPod = z
  .looseObject({
    securityContext: security.optional(),
    topologySpreadConstraints: z.array(z.unknown()),
  })
  .partial()
  .optional()
const operator = z.looseObject({ resources: resources.optional() })
const kafka = z.looseObject({
  spec: z.looseObject({
    kafka: z.looseObject({
      rack: z.unknown().optional(),
      template: z
        .looseObject({ pod: ofPod, kafkaContainer: ofContainer, initContainer: ofContainer })
        .default({}),
    }),
    entityOperator: z.looseObject({
      topicOperator: operator,
      userOperator: operator,
      template: z
        .looseObject({
          pod: ofPod,
          topicOperatorContainer: ofContainer,
          userOperatorContainer: ofContainer,
        })
        .default({}),
    }),
  }),
})
const nodePool = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
  spec: z.looseObject({ resources: resources.optional() }),
})

/** What MongoDB's operator (MCK 1.10.0, DefaultSecurityContext and DefaultPodSecurityContext) gives each container. */
const OF_MONGODB_OPERATOR: Security = {
  runAsNonRoot: true,
  runAsUser: 2000,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { add: [], drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

/** Every pod that manifests bring into being, themselves or by an operator. */
export function podsOf(documents: readonly Document[]): Pod[] {
  return documents.flatMap((document): Pod[] => {
    const name = document.metadata.name
    const who = `${document.kind} ${name}`
    switch (document.kind) {
      case 'Service': {
        if (!document.apiVersion.startsWith('serving.knative.dev/')) return []
        const { template: own } = knative.parse(document).spec
        return [
          { ...podOf(who, document.kind, own), labels: { 'serving.knative.dev/service': name } },
        ]
      }
      case 'Deployment':
      case 'StatefulSet':
      case 'DaemonSet':
      case 'Job':
        return [podOf(who, document.kind, knative.parse(document).spec.template)]
      case 'CronJob':
        return [podOf(who, document.kind, cronJob.parse(document).spec.jobTemplate.spec.template)]
      case 'Kafka':
        return podsOfKafka(document, documents)
      case 'MongoDBCommunity': {
        const written = mongodb.parse(document).spec.statefulSet.spec.template
        const spec = {
          ...written.spec,
          securityContext: { ...OF_MONGODB_OPERATOR, ...written.spec.securityContext },
        }
        const pod = podOf(who, document.kind, { ...written, spec }, true)
        return [{ ...pod, labels: { app: `${name}-svc` } }]
      }
      case 'Elasticsearch':
        return elasticsearch.parse(document).spec.nodeSets.map((set) => ({
          ...podOf(`${who}: ${set.name}`, document.kind, set.podTemplate, true),
          labels: elasticLabels(document),
        }))
      case 'Kibana':
      case 'Logstash':
        return [
          {
            ...podOf(who, document.kind, elastic.parse(document).spec.podTemplate, true),
            labels: elasticLabels(document),
          },
        ]
      default:
        return []
    }
  })
}

function elasticLabels({ kind, metadata: { name } }: Document): Record<string, string> {
  const type = kind.toLowerCase()
  const key = kind === 'Elasticsearch' ? 'cluster-name' : 'name'
  return { 'common.k8s.elastic.co/type': type, [`${type}.k8s.elastic.co/${key}`]: name }
}

function podOf(
  who: string,
  kind: string,
  { metadata, spec }: z.output<typeof template>,
  isOperators = false,
): Pod {
  const read = (each: z.output<typeof container>, isInit: boolean): Container => ({
    who: `${who}: ${each.name}`,
    image: each.image,
    args: each.args,
    env: each.env,
    resources: each.resources,
    security: { ...spec.securityContext, ...each.securityContext },
    hasReadinessProbe: each.readinessProbe !== undefined,
    hasLivenessProbe: each.livenessProbe !== undefined,
    isOperators,
    isInit,
  })
  const containers = [
    ...spec.containers.map((each) => read(each, false)),
    ...spec.initContainers.map((each) => read(each, true)),
  ]
  return { who, kind, labels: metadata?.labels ?? {}, spec, containers }
}

/** Strimzi's pods: one kind of them for each node pool, and the one of the topic and user operators. */
function podsOfKafka(document: Document, documents: readonly Document[]): Pod[] {
  const { name } = document.metadata
  const { spec } = kafka.parse(document)
  const { template: brokers } = spec.kafka
  const { entityOperator } = spec
  const pools = documents.filter(
    (each) =>
      each.kind === 'KafkaNodePool' && each.metadata.labels?.['strimzi.io/cluster'] === name,
  )
  const labels = { 'strimzi.io/cluster': name }
  return [
    ...pools.map((pool): Pod => {
      const own = nodePool.parse(pool).spec.resources
      return podOf(
        `KafkaNodePool ${pool.metadata.name}`,
        'KafkaNodePool',
        template.parse({
          metadata: {
            labels: {
              ...labels,
              'strimzi.io/kind': 'Kafka',
              'strimzi.io/name': `${name}-kafka`,
              'strimzi.io/pool-name': pool.metadata.name,
            },
          },
          spec: {
            ...brokers.pod,
            containers: [{ name: 'kafka', resources: own, ...brokers.kafkaContainer }],
            // It looks up the node's zone.
            initContainers:
              spec.kafka.rack === undefined
                ? []
                : [{ name: 'kafka-init', resources: own, ...brokers.initContainer }],
          },
        }),
        true,
      )
    }),
    podOf(
      `Kafka ${name}: entity operator`,
      'EntityOperator',
      template.parse({
        metadata: {
          labels: {
            ...labels,
            'strimzi.io/kind': 'Kafka',
            'strimzi.io/name': `${name}-entity-operator`,
          },
        },
        spec: {
          ...entityOperator.template.pod,
          containers: [
            {
              name: 'topic-operator',
              resources: entityOperator.topicOperator.resources,
              ...entityOperator.template.topicOperatorContainer,
            },
            {
              name: 'user-operator',
              resources: entityOperator.userOperator.resources,
              ...entityOperator.template.userOperatorContainer,
            },
          ],
        },
      }),
      true,
    ),
  ]
}
