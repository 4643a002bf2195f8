import type { ServiceManifest } from '../../../manifests/inventory.ts'
import { readSeconds } from '../../../manifests/shapes/autoscaling.ts'
import type { ScaleBounds } from './activation.ts'
import type { AutoscalerRules } from './autoscaler.ts'
import type { Aggregation } from './buckets.ts'

/** How a revision is scaled: the annotations of its template, and the cluster's defaults for the others. */
export interface ScalingRules {
  readonly metric: 'concurrency' | 'rps'
  readonly aggregation: Aggregation
  readonly panicWindowMs: number
  readonly autoscaler: AutoscalerRules
  readonly bounds: ScaleBounds
}

/** `progressDeadlineMs` in the platform's clock. */
export interface RulesNeeds {
  readonly progressDeadlineMs: number
}

const PREFIX = 'autoscaling.knative.dev/'
const TARGETS = { concurrency: 100, rps: 200 } as const
const LEAST_TARGET = 0.01
const GRACE_MS = 30_000
const ACTIVATION_BUFFER_MS = 30_000

/** Reads the annotations, which the manifest's reader has checked. */
export function scalingRules(
  manifest: Pick<ServiceManifest, 'annotations' | 'containerConcurrency'>,
  { progressDeadlineMs }: RulesNeeds,
): ScalingRules {
  const text = (name: string): string | undefined => manifest.annotations[PREFIX + name]
  const number = (name: string, otherwise: number): number => Number(text(name) ?? otherwise)
  const milliseconds = (name: string, otherwise: string): number =>
    readSeconds(text(name) ?? otherwise) * 1_000

  const metric = text('metric') === 'rps' ? 'rps' : 'concurrency'
  const total = totalOf(manifest, metric, text('target'))
  const stableWindowMs = milliseconds('window', '60s')
  const panicPercentage = number('panic-window-percentage', 10)
  return {
    metric,
    aggregation: (text('metric-aggregation-algorithm') ?? '').startsWith('weighted')
      ? 'weighted-exponential'
      : 'linear',
    panicWindowMs: Math.max(1, Math.round((stableWindowMs * panicPercentage) / 100_000)) * 1_000,
    autoscaler: {
      target: Math.max(LEAST_TARGET, (total * number('target-utilization-percentage', 70)) / 100),
      total,
      targetBurstCapacity: number('target-burst-capacity', 211),
      panicThreshold: number('panic-threshold-percentage', 200) / 100,
      maxScaleUpRate: 1_000,
      maxScaleDownRate: 2,
      stableWindowMs,
      scaleDownDelayMs: milliseconds('scale-down-delay', '0s'),
      activationScale: number('activation-scale', 0),
    },
    bounds: {
      minScale: number('min-scale', 0),
      maxScale: number('max-scale', 0),
      initialScale: number('initial-scale', 1),
      stableWindowMs,
      scaleToZeroGraceMs: GRACE_MS,
      lastPodRetentionMs: milliseconds('scale-to-zero-pod-retention-period', '0s'),
      activationTimeoutMs: progressDeadlineMs + ACTIVATION_BUFFER_MS,
    },
  }
}

/** What one instance can take: with a hard limit never more than that. */
function totalOf(
  { containerConcurrency }: Pick<ServiceManifest, 'containerConcurrency'>,
  metric: 'concurrency' | 'rps',
  target: string | undefined,
): number {
  const hasLimit = metric === 'concurrency' && containerConcurrency > 0
  if (target === undefined) return hasLimit ? containerConcurrency : TARGETS[metric]
  return hasLimit ? Math.min(Number(target), containerConcurrency) : Number(target)
}
