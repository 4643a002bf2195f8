import { z } from 'zod'

import type { KubernetesObject } from './objects.ts'
import { HOURS_A_MONTH, diskPrice, prices } from './prices.ts'
import { GIB, parseQuantity } from './quantity.ts'

/** A rough month, in US dollars. */
export interface Cost {
  readonly cluster: number
  readonly pods: number
  readonly disks: number
  readonly total: number
  /** What the figures rest on. */
  readonly processors: number
  readonly memoryGib: number
  readonly diskGib: number
}

const requests = z.object({ cpu: z.string().default('0'), memory: z.string().default('0') })
const container = z.looseObject({
  resources: z.looseObject({ requests: requests.optional() }).optional(),
})
const pod = z.looseObject({
  spec: z.looseObject({ containers: z.array(container) }),
  status: z.looseObject({ phase: z.string() }).optional(),
})
const claim = z.looseObject({
  spec: z.looseObject({
    storageClassName: z.string().optional(),
    resources: z.looseObject({ requests: z.looseObject({ storage: z.string() }) }),
  }),
})
const storageClass = z.looseObject({
  parameters: z.record(z.string(), z.string()).optional(),
})

/** Google's own pods are not charged for. */
const FREE_NAMESPACE = /^(?:kube|gke|gmp)-/

/**
 * What the pods that run ask for, and what the disks hold, for a month at Autopilot's prices. Autopilot rounds requests
 * up; a Standard cluster is charged by its nodes instead, and traffic and logs come on top of both.
 */
export function costOf(
  pods: readonly KubernetesObject[],
  claims: readonly KubernetesObject[],
  classes: readonly KubernetesObject[],
): Cost {
  const asked = pods
    .filter(({ metadata: { namespace = '' } }) => !FREE_NAMESPACE.test(namespace))
    .map((each) => pod.parse(each))
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ spec }) => spec.containers.map(({ resources }) => resources?.requests))
  const processors = sum(asked.map((each) => parseQuantity(each?.cpu ?? '0')))
  const memoryGib = sum(asked.map((each) => parseQuantity(each?.memory ?? '0') / GIB))
  const types = new Map(
    classes.map((each) => [each.metadata.name, storageClass.parse(each).parameters?.['type']]),
  )
  const disks = claims.map((each) => {
    const { storageClassName, resources } = claim.parse(each).spec
    const gib = parseQuantity(resources.requests.storage) / GIB
    return { gib, price: gib * diskPrice(types.get(storageClassName ?? '')) }
  })
  const cluster = prices.cluster * HOURS_A_MONTH
  const forPods = (processors * prices.processor + memoryGib * prices.memory) * HOURS_A_MONTH
  const forDisks = sum(disks.map(({ price }) => price))
  return {
    cluster,
    pods: forPods,
    disks: forDisks,
    total: cluster + forPods + forDisks,
    processors,
    memoryGib,
    diskGib: sum(disks.map(({ gib }) => gib)),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
