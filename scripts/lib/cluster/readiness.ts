import { z } from 'zod'

import { isSame, named } from './objects.ts'
import type { KubernetesObject } from './objects.ts'

const status = z.looseObject({
  observedGeneration: z.number().optional(),
  conditions: z
    .array(
      z.looseObject({
        type: z.string(),
        status: z.string(),
        reason: z.string().optional(),
        message: z.string().optional(),
      }),
    )
    .optional(),
  phase: z.string().optional(),
  health: z.string().optional(),
  message: z.string().optional(),
  availableReplicas: z.number().optional(),
})

/** How each kind says that it is ready: gives what is missing, undefined when nothing is. */
type Rule = (found: KubernetesObject, said: z.output<typeof status>) => string | undefined

const LONGEST_MESSAGE = 160

const isReadyCondition: Rule = (_found, { conditions }) => {
  const ready = conditions?.find(({ type }) => type === 'Ready')
  if (ready === undefined) return 'says nothing yet'
  if (ready.status === 'True') return undefined
  return ready.message ?? ready.reason ?? `is not ready (${ready.status})`
}

const isHealthy: Rule = (_found, { health }) =>
  // One node cannot hold a copy of an index: yellow is as good as it gets there.
  health === 'green' || health === 'yellow' ? undefined : `health is ${health ?? 'unknown'}`

const isAvailable: Rule = ({ spec }, { availableReplicas = 0 }) => {
  const wanted = z.looseObject({ replicas: z.number().default(1) }).parse(spec ?? {}).replicas
  return availableReplicas >= wanted ? undefined : `${availableReplicas} of ${wanted} available`
}

/** Kinds with a state of their own. Any other object is ready when it is there. */
const rules: Readonly<Record<string, Rule>> = {
  'serving.knative.dev/Service': isReadyCondition,
  'sources.knative.dev/KafkaSource': isReadyCondition,
  'sources.knative.dev/PingSource': isReadyCondition,
  'eventing.knative.dev/KafkaSink': isReadyCondition,
  'operator.knative.dev/KnativeServing': isReadyCondition,
  'operator.knative.dev/KnativeEventing': isReadyCondition,
  'kafka.strimzi.io/Kafka': isReadyCondition,
  'kafka.strimzi.io/KafkaTopic': isReadyCondition,
  'kafka.strimzi.io/KafkaUser': isReadyCondition,
  'mongodbcommunity.mongodb.com/MongoDBCommunity': (_found, { phase, message }) =>
    phase === 'Running' ? undefined : (message ?? `phase is ${phase ?? 'unknown'}`),
  'elasticsearch.k8s.elastic.co/Elasticsearch': isHealthy,
  'kibana.k8s.elastic.co/Kibana': isHealthy,
  'logstash.k8s.elastic.co/Logstash': isHealthy,
  'apps/Deployment': isAvailable,
  'apps/StatefulSet': isAvailable,
}

/** What an object lacks to be ready, as a sentence's end; undefined when nothing. */
export function lacks(found: KubernetesObject): string | undefined {
  const rule = rules[`${found.apiVersion.replace(/\/.*$/, '')}/${found.kind}`]
  if (rule === undefined) return undefined
  const parsed = status.safeParse(found.status ?? {})
  if (!parsed.success) return 'has a status that nobody here understands'
  const { observedGeneration } = parsed.data
  const { generation } = found.metadata
  // What it says is about what it was before.
  if (
    generation !== undefined &&
    observedGeneration !== undefined &&
    observedGeneration < generation
  ) {
    return 'has not seen its newest description yet'
  }
  const missing = rule(found, parsed.data)
  return missing === undefined || missing.length <= LONGEST_MESSAGE
    ? missing
    : `${missing.slice(0, LONGEST_MESSAGE)}…`
}

export interface Readiness {
  readonly ready: number
  readonly of: number
  /** What is missing, one sentence for each object that is not ready. */
  readonly missing: readonly string[]
}

/** How far what was asked for is there, by what a cluster has of it. */
export function readinessOf(
  wanted: readonly KubernetesObject[],
  found: readonly KubernetesObject[],
): Readiness {
  const missing = wanted.flatMap((each) => {
    const there = found.find((other) => isSame(each, other))
    const lack = there === undefined ? 'is not there' : lacks(there)
    return lack === undefined ? [] : [`${named(each)}: ${lack}`]
  })
  return { ready: wanted.length - missing.length, of: wanted.length, missing }
}
