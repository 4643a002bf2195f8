import { expect, it } from '@jest/globals'
import { scalingRules } from '../../../../../../platform/local/parts/service/autoscaling/scaling-rules.ts'

function rulesOf(annotations: Readonly<Record<string, string>> = {}, containerConcurrency = 0) {
  const prefixed = Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [`autoscaling.knative.dev/${name}`, value]),
  )
  return scalingRules(
    { annotations: prefixed, containerConcurrency },
    { progressDeadlineMs: 600_000 },
  )
}

it('has the defaults of a cluster', () => {
  expect(rulesOf()).toEqual({
    metric: 'concurrency',
    aggregation: 'linear',
    panicWindowMs: 6_000,
    autoscaler: {
      target: 70,
      total: 100,
      targetBurstCapacity: 211,
      panicThreshold: 2,
      maxScaleUpRate: 1_000,
      maxScaleDownRate: 2,
      stableWindowMs: 60_000,
      scaleDownDelayMs: 0,
      activationScale: 0,
    },
    bounds: {
      minScale: 0,
      maxScale: 0,
      initialScale: 1,
      stableWindowMs: 60_000,
      scaleToZeroGraceMs: 30_000,
      lastPodRetentionMs: 0,
      activationTimeoutMs: 630_000,
    },
  })
})

it.each<[string, Readonly<Record<string, string>>, number, number, number]>([
  ['the limit of an instance', {}, 10, 10, 7],
  ['the smaller of target and limit', { target: '3' }, 10, 3, 2.1],
  ['the limit below the target', { target: '30' }, 10, 10, 7],
  ['the target without a limit', { target: '30' }, 0, 30, 21],
  ['requests a second', { metric: 'rps' }, 10, 200, 140],
  [
    'a target of requests a second, whatever the limit',
    { metric: 'rps', target: '50' },
    10,
    50,
    35,
  ],
  ['another utilisation', { 'target-utilization-percentage': '100' }, 5, 5, 5],
  ['never less than a hundredth', { target: '0.01' }, 0, 0.01, 0.01],
])('aims at %s', (_name, annotations, limit, total, target) => {
  const { autoscaler } = rulesOf(annotations, limit)
  expect(autoscaler.total).toBe(total)
  expect(autoscaler.target).toBeCloseTo(target, 10)
})

// pkg/reconciler/autoscaling/resources/metric_test.go in knative/serving v1.23.0.
it.each([
  ['10s', '10', 1_000],
  ['600s', '10', 60_000],
  ['10m', '10', 60_000],
  ['60s', '50', 30_000],
  ['60s', '51.5', 31_000],
  ['6s', '1', 1_000],
])('of a window of %s and %s %% has a panic window of %i ms', (window, percentage, ms) => {
  expect(rulesOf({ window, 'panic-window-percentage': percentage }).panicWindowMs).toBe(ms)
})

it('takes every annotation', () => {
  const rules = rulesOf({
    'metric-aggregation-algorithm': 'weightedExponential',
    'target-burst-capacity': '-1',
    'min-scale': '1',
    'max-scale': '4',
    'initial-scale': '3',
    'activation-scale': '2',
    'scale-down-delay': '1m30s',
    'scale-to-zero-pod-retention-period': '1h',
    'panic-threshold-percentage': '150',
  })
  expect(rules.aggregation).toBe('weighted-exponential')
  expect(rules.bounds).toMatchObject({
    minScale: 1,
    maxScale: 4,
    initialScale: 3,
    lastPodRetentionMs: 3_600_000,
  })
  expect(rules.autoscaler).toMatchObject({
    targetBurstCapacity: -1,
    activationScale: 2,
    scaleDownDelayMs: 90_000,
    panicThreshold: 1.5,
  })
})
