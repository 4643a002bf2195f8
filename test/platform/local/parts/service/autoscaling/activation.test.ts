import { describe, expect, it } from '@jest/globals'
import {
  newActivation,
  nextActivation,
  scaleFor,
} from '../../../../../../platform/local/parts/service/autoscaling/activation.ts'
import type {
  Activation,
  Scale,
  ScaleBounds,
  Standing,
} from '../../../../../../platform/local/parts/service/autoscaling/activation.ts'

// The figures are those of pkg/reconciler/autoscaling/kpa/scaler_test.go in knative/serving v1.23.0.

const SECOND = 1_000
const GRACE = 60 * SECOND
const WINDOW = 300 * SECOND
const TIMEOUT = 630 * SECOND
const NOW = 10_000 * SECOND

const BOUNDS: ScaleBounds = {
  minScale: 0,
  maxScale: 0,
  initialScale: 1,
  stableWindowMs: WINDOW,
  scaleToZeroGraceMs: GRACE,
  lastPodRetentionMs: 0,
  activationTimeoutMs: TIMEOUT,
}
const STANDING: Standing = { now: NOW, ready: 1, isReachable: true, proxiedForMs: 0 }

const phase = (name: Activation['phase'], forMs: number, isInitialized = true): Activation => ({
  phase: name,
  since: NOW - forMs,
  isInitialized,
})
const active = (forMs: number) => phase('active', forMs)
const inactive = (forMs: number) => phase('inactive', forMs)
const set = (want: number): Scale => ({ want, isApplied: true })
const wait = (want: number | undefined): Scale => ({ want, isApplied: false })

describe('the scale that is set', () => {
  it.each<{
    name: string
    wished: number | undefined
    from: Activation
    bounds?: Partial<ScaleBounds>
    standing?: Partial<Standing>
    scale: Scale
  }>([
    {
      name: 'stays at one just before the window is over',
      wished: 0,
      from: active(WINDOW - SECOND),
      scale: set(1),
    },
    {
      name: 'of a shorter window just before it is over',
      wished: 0,
      from: active(45 * SECOND),
      bounds: { stableWindowMs: 46 * SECOND },
      scale: set(1),
    },
    { name: 'waits once the window is over', wished: 0, from: active(WINDOW), scale: wait(0) },
    { name: 'is zero after the grace period', wished: 0, from: inactive(GRACE), scale: set(0) },
    {
      name: 'waits just before the end of the grace period',
      wished: 0,
      from: inactive(GRACE - SECOND),
      scale: wait(0),
    },
    {
      name: 'waits when the activator has not been in the way for long',
      wished: 0,
      from: inactive(GRACE - SECOND),
      standing: { proxiedForMs: GRACE - SECOND },
      scale: wait(0),
    },
    {
      name: 'is zero early when the activator has been',
      wished: 0,
      from: inactive(GRACE - SECOND),
      standing: { proxiedForMs: GRACE },
      scale: set(0),
    },
    {
      name: 'is zero early with a shorter retention',
      wished: 0,
      from: inactive(GRACE - SECOND),
      bounds: { lastPodRetentionMs: 42 * SECOND },
      standing: { proxiedForMs: GRACE },
      scale: set(0),
    },
    {
      name: 'waits for a longer retention',
      wished: 0,
      from: inactive(GRACE),
      bounds: { lastPodRetentionMs: 2 * GRACE },
      scale: wait(0),
    },
    {
      name: 'is zero after the retention',
      wished: 0,
      from: inactive(GRACE),
      bounds: { lastPodRetentionMs: GRACE },
      scale: set(0),
    },
    {
      name: 'forgets the retention of what nothing is sent to',
      wished: 0,
      from: inactive(GRACE),
      bounds: { lastPodRetentionMs: 10 * GRACE },
      standing: { isReachable: false },
      scale: set(0),
    },
    {
      name: 'keeps its grace period',
      wished: 0,
      from: inactive(GRACE - SECOND),
      bounds: { lastPodRetentionMs: 10 * GRACE },
      standing: { isReachable: false },
      scale: wait(0),
    },
    {
      name: 'is not known while it comes up',
      wished: 0,
      from: phase('activating', TIMEOUT / 2),
      scale: wait(undefined),
    },
    {
      name: 'is zero when it does not come up',
      wished: 0,
      from: phase('activating', TIMEOUT + SECOND),
      scale: set(0),
    },
    {
      name: 'is at least the least',
      wished: 0,
      from: inactive(GRACE),
      bounds: { minScale: 2 },
      scale: set(2),
    },
    {
      name: 'has no least when nothing is sent to it',
      wished: 0,
      from: inactive(GRACE),
      bounds: { minScale: 2 },
      standing: { isReachable: false },
      scale: set(0),
    },
    { name: 'is what is wished', wished: 10, from: active(0), scale: set(10) },
    {
      name: 'is at most the most',
      wished: 10,
      from: active(0),
      bounds: { maxScale: 8 },
      scale: set(8),
    },
    { name: 'goes up from inactive', wished: 10, from: inactive(GRACE / 2), scale: set(10) },
    {
      name: 'stays at zero without figures',
      wished: undefined,
      from: inactive(0),
      scale: wait(undefined),
    },
    { name: 'stays without figures', wished: undefined, from: active(0), scale: wait(undefined) },
    {
      name: 'is the initial one until that was reached',
      wished: 1,
      from: phase('activating', 0, false),
      bounds: { initialScale: 2 },
      scale: set(2),
    },
    {
      name: 'is the initial one without figures',
      wished: undefined,
      from: phase('activating', 0, false),
      bounds: { initialScale: 5 },
      scale: set(5),
    },
    {
      name: 'goes down once the initial one was reached',
      wished: 0,
      from: active(120 * SECOND),
      bounds: { initialScale: 2 },
      scale: set(1),
    },
    {
      name: 'has no initial one when nothing is sent to it',
      wished: 0,
      from: phase('active', 120 * SECOND, false),
      bounds: { initialScale: 2 },
      standing: { isReachable: false },
      scale: set(1),
    },
  ])('$name', ({ wished, from, bounds = {}, standing = {}, scale }) => {
    expect(scaleFor({ ...BOUNDS, ...bounds }, from, wished, { ...STANDING, ...standing })).toEqual(
      scale,
    )
  })
})

// The table stands above computeActiveCondition in pkg/reconciler/autoscaling/kpa/kpa.go.
describe('the phase that follows', () => {
  it.each<[number | undefined, number, number, Activation['phase'], Activation['phase']]>([
    [0, 0, 0, 'active', 'inactive'],
    [0, 3, 1, 'activating', 'inactive'],
    [1, 0, 0, 'inactive', 'activating'],
    [3, 1, 2, 'active', 'activating'],
    [1, 1, 0, 'inactive', 'active'],
    [3, 2, 2, 'activating', 'active'],
    [undefined, 0, 1, 'inactive', 'inactive'],
    [undefined, 0, 1, 'activating', 'activating'],
    [undefined, 0, 1, 'active', 'activating'],
    [undefined, 1, 1, 'inactive', 'inactive'],
    [undefined, 1, 1, 'activating', 'active'],
    [undefined, 1, 1, 'active', 'active'],
  ])(
    'with %s wanted, %i ready and a least of %i after %s is %s',
    (want, ready, minScale, from, to) => {
      const next = nextActivation({ ...BOUNDS, minScale }, phase(from, SECOND), want, {
        ...STANDING,
        ready,
      })
      expect(next.phase).toBe(to)
      expect(next.since).toBe(from === to ? NOW - SECOND : NOW)
    },
  )

  it('is active for the first time with the initial scale', () => {
    const bounds = { ...BOUNDS, initialScale: 3 }
    const at = (from: Activation, ready: number) =>
      nextActivation(bounds, from, 3, { ...STANDING, ready })
    const coming = at(newActivation(0), 2)
    expect(coming).toEqual({ phase: 'activating', since: 0, isInitialized: false })
    expect(at(coming, 3)).toEqual({ phase: 'active', since: NOW, isInitialized: true })
    expect(at(at(coming, 3), 1).phase).toBe('active')
  })
})
