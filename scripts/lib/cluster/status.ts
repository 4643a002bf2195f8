import { z } from 'zod'

import { CommandFailure } from '../failure.ts'
import { table } from '../table.ts'
import { costOf } from './cost.ts'
import type { Cost } from './cost.ts'
import type { Kubernetes } from './kubernetes.ts'
import { lagsOf } from './lag.ts'
import type { Lag } from './lag.ts'
import type { KubernetesObject } from './objects.ts'
import { deploymentsOf, isInstalled } from './operators.ts'
import { PARTS } from './parts.ts'
import type { Overlay } from './parts.ts'
import { prices } from './prices.ts'
import type { Shell } from './shell.ts'
import { kafkaSink, operators } from './versions.ts'
import type { Operator } from './versions.ts'

/** Everything `status` says. */
export interface Status {
  readonly context: string
  readonly parts: readonly PartStatus[]
  readonly addresses: readonly { readonly name: string; readonly address: string }[]
  readonly lags: readonly Lag[]
  /** Why nobody knows the lags; absent when somebody does. */
  readonly lagsUnknown?: string
  readonly disks: readonly {
    readonly name: string
    readonly size: string
    readonly class: string
    readonly phase: string
  }[]
  readonly cost: Cost
}

interface PartStatus {
  readonly part: string
  readonly ready: number
  readonly of: number
  readonly missing: readonly string[]
}

const NAMESPACE = 'nowcast'

const service = z.looseObject({
  spec: z.looseObject({ type: z.string().optional() }),
  status: z
    .looseObject({
      url: z.string().optional(),
      loadBalancer: z
        .looseObject({
          ingress: z
            .array(z.looseObject({ ip: z.string().optional(), hostname: z.string().optional() }))
            .optional(),
        })
        .optional(),
    })
    .optional(),
})
const claim = z.looseObject({
  spec: z.looseObject({
    storageClassName: z.string().default('(default)'),
    resources: z.looseObject({ requests: z.looseObject({ storage: z.string() }) }),
  }),
  status: z.looseObject({ phase: z.string().default('unknown') }).optional(),
})

/** Asks a cluster how the parts of an overlay get on. */
export async function statusOf(
  shell: Shell,
  cluster: Kubernetes,
  overlay: Overlay,
): Promise<Status> {
  const readyOperators = await Promise.all(
    Object.values(operators).map((each) => operatorStatus(shell, cluster, each)),
  )
  const readyParts = await Promise.all(
    PARTS.map(async (part) => ({ part, ...(await cluster.readiness(overlay[part].objects)) })),
  )
  const sink = { part: kafkaSink.name, ...(await cluster.readiness(deploymentsOf(kafkaSink))) }
  const [services, routes, claims, pods, classes] = await Promise.all([
    cluster.list('services'),
    cluster.list('services.serving.knative.dev', NAMESPACE),
    cluster.list('persistentvolumeclaims', NAMESPACE),
    cluster.list('pods'),
    cluster.list('storageclasses'),
  ])
  return {
    context: cluster.context,
    parts: [...readyOperators, ...readyParts, sink],
    addresses: [...services, ...routes].flatMap(addressOf),
    ...(await knownLags(shell, cluster)),
    disks: claims.map((each) => {
      const { spec, status } = claim.parse(each)
      return {
        name: each.metadata.name,
        size: spec.resources.requests.storage,
        class: spec.storageClassName,
        phase: status?.phase ?? 'unknown',
      }
    }),
    cost: costOf(pods, claims, classes),
  }
}

async function operatorStatus(
  shell: Shell,
  cluster: Kubernetes,
  operator: Operator,
): Promise<PartStatus> {
  const row = (missing: readonly string[]): PartStatus => ({
    part: operator.name,
    ready: missing.length === 0 ? 1 : 0,
    of: 1,
    missing,
  })
  try {
    const isThere = await isInstalled(shell, cluster, operator)
    return row(isThere ? [] : [`version ${operator.version} is not installed`])
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    return row([error.message])
  }
}

async function knownLags(
  shell: Shell,
  cluster: Kubernetes,
): Promise<Pick<Status, 'lags' | 'lagsUnknown'>> {
  try {
    return { lags: await lagsOf(shell, cluster, NAMESPACE) }
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    return { lags: [], lagsUnknown: error.message }
  }
}

function addressOf(each: KubernetesObject): { name: string; address: string }[] {
  const { spec, status } = service.parse(each)
  const { name, namespace = '' } = each.metadata
  if (status?.url !== undefined) return [{ name, address: status.url }]
  if (spec.type !== 'LoadBalancer') return []
  const [ingress] = status?.loadBalancer?.ingress ?? []
  const address = ingress?.ip ?? ingress?.hostname ?? 'none yet'
  return [{ name: `${namespace}/${name}`, address }]
}

/** The status as tables for a terminal. */
export function statusText(status: Status): string {
  const { context, parts, addresses, lags, lagsUnknown, disks, cost } = status
  const state = table(
    ['part', 'ready', 'missing'],
    parts.map(({ part, ready, of, missing }) => [part, `${ready}/${of}`, summary(missing)]),
  )
  const isGoogles = context.startsWith('gke_')
  const month =
    `${dollars(cost.total)} a month${isGoogles ? '' : ', if it were on GKE'}, roughly: cluster ${dollars(cost.cluster)}, pods ${dollars(cost.pods)} ` +
    `(${cost.processors.toFixed(1)} processors, ${cost.memoryGib.toFixed(1)} GiB), ` +
    `disks ${dollars(cost.disks)} (${Math.round(cost.diskGib)} GiB); ` +
    `list prices of ${prices.region}, ${prices.asOf}`
  return [
    `${context}\n${state}`,
    section(
      'address',
      addresses.map(({ name, address }) => [name, address]),
    ),
    section(
      'records behind',
      lags.map(({ group, topic, lag }) => [`${group} on ${topic}`, lag]),
    ),
    lagsUnknown === undefined ? '' : `records behind: ${lagsUnknown}`,
    section(
      'disk',
      disks.map((disk) => [disk.name, `${disk.size} ${disk.class} ${disk.phase}`]),
    ),
    month,
  ]
    .filter((text) => text !== '')
    .join('\n\n')
}

function dollars(value: number): string {
  return `$${Math.round(value)}`
}

function summary([first, ...others]: readonly string[]): string {
  if (first === undefined) return ''
  return others.length === 0 ? first : `${first} (and ${others.length} more)`
}

function section(title: string, rows: readonly (readonly [string, string | number])[]): string {
  return rows.length === 0 ? '' : table([title, ''], rows)
}
