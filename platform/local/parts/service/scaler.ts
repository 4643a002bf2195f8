import type { Clock } from '../../clock.ts'
import { newActivation, nextActivation, scaleFor } from './autoscaling/activation.ts'
import { decide, startAutoscaler, TICK_MS } from './autoscaling/autoscaler.ts'
import { BUCKET_MS, createBuckets } from './autoscaling/buckets.ts'
import { createLoad } from './autoscaling/load.ts'
import type { ScalingRules } from './autoscaling/scaling-rules.ts'

export interface ScalerNeeds {
  readonly rules: ScalingRules
  readonly clock: Clock
  /** How many instances are ready now. */
  readonly ready: () => number
  /** Sets how many there shall be. */
  readonly resize: (instances: number) => void
}

/** Scales a revision by what is asked of it. */
export interface Scaler {
  readonly arrive: () => void
  readonly leave: () => void
  /** How many instances it wants. */
  readonly desired: number
  readonly isPanicking: boolean
  /** Whether the activator stands in the way of requests. */
  readonly isProxied: boolean
  /** Instances became ready, or stopped being so. */
  readonly changed: () => void
  /** Decides and sets no more. */
  readonly close: () => void
}

// At a great speed a second of the platform's clock is no time: the loop then counts several at once.
const SHORTEST_TURN_MS = 10

/**
 * Turns requests into a wish for instances, in the time of the platform's clock: each second what was there at once is
 * recorded, every other second the autoscaler decides, and so it does when a first request comes to a revision at zero.
 */
export function createScaler({ rules, clock, ready, resize }: ScalerNeeds): Scaler {
  const { autoscaler, bounds } = rules
  const load = createLoad(performance.now())
  const stable = createBuckets(autoscaler.stableWindowMs, rules.aggregation)
  const panic = createBuckets(rules.panicWindowMs, rules.aggregation)
  let state = startAutoscaler(ready(), clock.now())
  let activation = newActivation(clock.now())
  let wished: number | undefined
  let excess = firstExcess(rules)
  let desired = Math.max(bounds.initialScale, bounds.minScale)
  let isProxied = true
  let proxiedSince = clock.now()
  let recordedAt = clock.now()
  let decidedAt = clock.now()
  // The activator tells of the first request after a silence at once, as of one that was there for a second.
  let isSilent = true
  let toldAhead = 0
  let isClosed = false

  const record = (now: number, value: number) => {
    stable.record(now, value)
    panic.record(now, value)
  }
  const report = (now: number) => {
    const { concurrency, perSecond } = load.report(performance.now())
    const measured = rules.metric === 'rps' ? perSecond : concurrency
    const value = Math.max(measured - toldAhead, 0)
    isSilent = concurrency === 0
    toldAhead = 0
    const isSeen = measured > 0 || ready() > 0
    const from = Math.max(recordedAt + BUCKET_MS, now - autoscaler.stableWindowMs)
    if (isSeen) for (let at = Math.min(from, now); at <= now; at += BUCKET_MS) record(at, value)
    recordedAt = now
  }
  const standing = (now: number) => ({
    now,
    ready: ready(),
    isReachable: true,
    proxiedForMs: isProxied ? now - proxiedSince : 0,
  })
  const apply = (now: number) => {
    if (isClosed) return
    const { want, isApplied } = scaleFor(bounds, activation, wished, standing(now))
    if (isApplied && want !== undefined) {
      desired = want
      resize(want)
    }
    const proxies = want === undefined || want === 0 || excess < 0
    if (proxies && !isProxied) proxiedSince = now
    isProxied = proxies
    activation = nextActivation(bounds, activation, want, standing(now))
  }
  const turn = (now: number) => {
    decidedAt = now
    const hasFigures = autoscaler.targetBurstCapacity === -1 || !stable.isEmpty(now)
    if (hasFigures) {
      const decision = decide(autoscaler, state, {
        ...standing(now),
        stable: stable.average(now),
        panic: panic.average(now),
      })
      state = decision.state
      wished = decision.desired
      excess = decision.excessBurstCapacity
    }
    apply(now)
  }
  const timer = setInterval(
    () => {
      const now = clock.now()
      report(now)
      if (now - decidedAt >= TICK_MS - BUCKET_MS / 2) turn(now)
    },
    Math.max(SHORTEST_TURN_MS, BUCKET_MS / clock.speed),
  ).unref()

  return {
    arrive() {
      load.arrive(performance.now())
      if (!isSilent || !isProxied) return
      isSilent = false
      toldAhead = 1
      const now = clock.now()
      record(now, 1)
      if (wished === 0) turn(now)
    },
    leave: () => load.leave(performance.now()),
    changed: () => apply(clock.now()),
    close() {
      isClosed = true
      clearInterval(timer)
    },
    get desired() {
      return desired
    },
    get isPanicking() {
      return state.panicSince !== undefined
    },
    get isProxied() {
      return isProxied
    },
  }
}

/** What is known of the capacity before anything was measured. */
function firstExcess({ autoscaler, bounds }: ScalingRules): number {
  const { targetBurstCapacity, total } = autoscaler
  if (targetBurstCapacity <= 0) return targetBurstCapacity
  return Math.floor(bounds.initialScale * total - targetBurstCapacity)
}
