import { z } from 'zod'
import type { Document } from '../kustomize.ts'
import { type Pod, podsOf } from './pods.ts'
import type { Rule } from './rule.ts'

const budget = z.looseObject({
  spec: z.looseObject({
    maxUnavailable: z.union([z.number(), z.string()]).optional(),
    selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).default({}) }),
  }),
})
const ofKafka = z.looseObject({
  spec: z.looseObject({
    kafka: z.looseObject({
      template: z
        .looseObject({
          podDisruptionBudget: z.looseObject({ maxUnavailable: z.number() }).optional(),
        })
        .optional(),
    }),
  }),
})
const STATEFUL = ['KafkaNodePool', 'MongoDBCommunity']

/** Elastic's operator writes one that follows the cluster's health; Strimzi's is said in the Kafka. */
export const onlyOneMayLeave: Rule = {
  promise: 'of every stateful part one pod may leave at a time, by one budget',
  faults: (documents) => [
    ...documents
      .filter(({ kind }) => kind === 'Kafka')
      .filter(
        (each) =>
          ofKafka.parse(each).spec.kafka.template?.podDisruptionBudget?.maxUnavailable !== 1,
      )
      .map(({ metadata }) => `Kafka ${metadata.name} does not say how many may leave`),
    ...podsOf(documents)
      .filter(({ kind }) => STATEFUL.includes(kind))
      .flatMap(({ who, kind, labels }) => {
        const own = documents
          .filter((each) => each.kind === 'PodDisruptionBudget')
          .map((each) => budget.parse(each).spec)
          .filter(({ selector }) =>
            Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value),
          )
        const expected = kind === 'KafkaNodePool' ? 0 : 1
        return own.length === expected && own.every(({ maxUnavailable }) => maxUnavailable === 1)
          ? []
          : [`${who} has ${own.length} budgets that let one leave, and ${expected} is right`]
      }),
  ],
}

export const copiesStandApart: Rule = {
  promise:
    'pods of a stateful part stand on different nodes, and in different zones where there are some',
  faults: (documents) =>
    podsOf(documents)
      .filter(({ kind }) => STATEFUL.includes(kind))
      .flatMap((pod) =>
        ['topology.kubernetes.io/zone', 'kubernetes.io/hostname']
          .filter((key) => !spreads(pod, key))
          .map((key) => `${pod.who} is not spread by ${key}`),
      ),
}

const constraint = z.looseObject({
  topologyKey: z.string(),
  labelSelector: z.looseObject({ matchLabels: z.record(z.string(), z.string()) }),
})

/** A constraint that selects other pods than its own spreads nothing. */
function spreads({ spec, labels }: Pod, key: string): boolean {
  return spec.topologySpreadConstraints
    .map((each) => constraint.parse(each))
    .some(
      ({ topologyKey, labelSelector }) =>
        topologyKey === key &&
        Object.entries(labelSelector.matchLabels).every(([name, value]) => labels[name] === value),
    )
}

const LEVEL = 'pod-security.kubernetes.io/enforce'

export const namespaceIsRestricted: Rule = {
  promise: 'the namespace takes only pods without rights over their node',
  faults: (documents: readonly Document[]) =>
    documents
      .filter(({ kind, metadata }) => kind === 'Namespace' && metadata.name === 'nowcast')
      .filter(({ metadata }) => metadata.labels?.[LEVEL] !== 'restricted')
      .map(({ metadata }) => `Namespace ${metadata.name} takes any pod`),
}
