import { z } from 'zod'
import type { Document } from '../kustomize.ts'

const selector = z.looseObject({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(
      z.object({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).default([]),
      }),
    )
    .default([]),
})
const peer = z.strictObject({
  podSelector: selector.optional(),
  namespaceSelector: selector.optional(),
  ipBlock: z.object({ cidr: z.string() }).optional(),
})
const ports = z
  .array(z.object({ protocol: z.string().default('TCP'), port: z.union([z.number(), z.string()]) }))
  .optional()
const policy = z.looseObject({
  metadata: z.looseObject({ namespace: z.string() }),
  spec: z.strictObject({
    podSelector: selector,
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])),
    ingress: z.array(z.strictObject({ from: z.array(peer).optional(), ports })).default([]),
    egress: z.array(z.strictObject({ to: z.array(peer).optional(), ports })).default([]),
  }),
})
const listeners = z.looseObject({
  spec: z.looseObject({
    kafka: z.looseObject({
      listeners: z.array(
        z.looseObject({ port: z.number(), networkPolicyPeers: z.array(peer).optional() }),
      ),
    }),
  }),
})

type Selector = z.output<typeof selector>
type Peer = z.output<typeof peer>
type Policy = z.output<typeof policy>

/** One end of a connection: a pod, or an address outside the cluster's pods. */
export interface End {
  readonly name: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  /** Instead of a pod: nothing but its address is known. */
  readonly address?: string
}

/** Says whether the policies let one end open a connection to a TCP port of another. */
export function flowOf(
  documents: readonly Document[],
): (from: End, to: End, port: number) => boolean {
  const policies = [
    ...documents
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .map((document) => policy.parse(document)),
    ...documents.filter(({ kind }) => kind === 'Kafka').flatMap(ofStrimzi),
  ]
  return (from, to, port) =>
    isLetThrough(policies, 'Egress', from, to, port) &&
    isLetThrough(policies, 'Ingress', to, from, port)
}

/** A pod that no policy of a direction selects is open in it; else one of them must name the other end. */
function isLetThrough(
  policies: readonly Policy[],
  direction: 'Ingress' | 'Egress',
  own: End,
  other: End,
  port: number,
): boolean {
  if (own.address !== undefined) return true
  const about = policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === own.namespace &&
      spec.policyTypes.includes(direction) &&
      selects(spec.podSelector, own.labels),
  )
  if (about.length === 0) return true
  return about.some(({ metadata, spec }) => {
    const rules =
      direction === 'Egress'
        ? spec.egress.map(({ to, ports: at }) => ({ peers: to, at }))
        : spec.ingress.map(({ from, ports: at }) => ({ peers: from, at }))
    return rules.some(
      ({ peers, at }) =>
        (peers === undefined || peers.some((each) => isPeer(each, other, metadata.namespace))) &&
        (at === undefined || at.some((each) => each.protocol === 'TCP' && each.port === port)),
    )
  })
}

function isPeer(
  { podSelector, namespaceSelector, ipBlock }: Peer,
  end: End,
  home: string,
): boolean {
  if (ipBlock !== undefined) return ipBlock.cidr === end.address
  if (end.address !== undefined) return false
  const inNamespace =
    namespaceSelector === undefined
      ? end.namespace === home
      : selects(namespaceSelector, { 'kubernetes.io/metadata.name': end.namespace })
  return inNamespace && (podSelector === undefined || selects(podSelector, end.labels))
}

function selects(
  { matchLabels, matchExpressions }: Selector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = labels[key]
      if (operator === 'Exists') return value !== undefined
      if (operator === 'DoesNotExist') return value === undefined
      const isIn = value !== undefined && values.includes(value)
      return operator === 'In' ? isIn : !isIn
    })
  )
}

/**
 * The policies that Strimzi 1.2.0 writes itself (KafkaCluster.generateNetworkPolicy): its own parts on the internal
 * ports, and on a listener's port the peers that the Kafka names, or everybody when it names none.
 */
function ofStrimzi(document: Document): Policy[] {
  const { name, namespace = 'default' } = document.metadata
  const own = {
    'strimzi.io/cluster': name,
    'strimzi.io/kind': 'Kafka',
    'strimzi.io/name': `${name}-kafka`,
  }
  const brokers = { podSelector: { matchLabels: own } }
  const entityOperator = {
    podSelector: { matchLabels: { 'strimzi.io/name': `${name}-entity-operator` } },
  }
  const clusterOperator = {
    podSelector: { matchLabels: { 'strimzi.io/kind': 'cluster-operator' } },
    namespaceSelector: {},
  }
  const at = (port: number, from?: readonly unknown[]) => ({ ports: [{ port }], from })
  return [
    policy.parse({
      metadata: { namespace },
      spec: {
        podSelector: { matchLabels: own },
        policyTypes: ['Ingress'],
        ingress: [
          at(9090, [brokers, clusterOperator]),
          at(9091, [brokers, clusterOperator, entityOperator]),
          at(8443, [clusterOperator]),
          ...listeners
            .parse(document)
            .spec.kafka.listeners.map(({ port, networkPolicyPeers }) =>
              at(port, networkPolicyPeers),
            ),
        ],
      },
    }),
  ]
}
