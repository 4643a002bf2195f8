/** What the autoscaler of a revision aims at. Times are milliseconds of the platform's clock. */
export interface AutoscalerRules {
  /** Requests (at once, or a second) that one instance shall have, the utilisation already taken off. */
  readonly target: number
  /** What one instance can take at most. */
  readonly total: number
  /** How much more than now must fit in before the activator leaves the way of requests; -1: it never does. */
  readonly targetBurstCapacity: number
  /** Panic begins when this many times the ready instances are wanted. */
  readonly panicThreshold: number
  readonly maxScaleUpRate: number
  readonly maxScaleDownRate: number
  readonly stableWindowMs: number
  readonly scaleDownDelayMs: number
  /** The least number of instances that is not zero; 0: none is set. */
  readonly activationScale: number
}

/** What the autoscaler remembers between two decisions. */
export interface AutoscalerState {
  /** When the panic began or was last renewed; undefined outside a panic. */
  readonly panicSince: number | undefined
  readonly maxPanicInstances: number
  /** Earlier decisions that a scale-down delay still counts, newest last, each larger than those after it. */
  readonly decisions: readonly { readonly tick: number; readonly instances: number }[]
}

export interface Observation {
  readonly now: number
  readonly ready: number
  /** Averages over the stable and the panic window, of all instances together. */
  readonly stable: number
  readonly panic: number
  /** Whether requests are sent to this revision. */
  readonly isReachable: boolean
}

export interface Decision {
  readonly desired: number
  /** Below zero: the activator belongs in the way of requests. */
  readonly excessBurstCapacity: number
  readonly state: AutoscalerState
}

/** How often it decides, milliseconds of the platform's clock. */
export const TICK_MS = 2_000

/** A new autoscaler that finds more than one ready instance begins in panic: it knows too little to take any away. */
export function startAutoscaler(ready: number, now: number): AutoscalerState {
  return {
    panicSince: ready > 1 ? now : undefined,
    maxPanicInstances: ready,
    decisions: [],
  }
}

/**
 * How many instances there should be: Knative's pod autoscaler, as `pkg/autoscaler/scaling/autoscaler.go` of
 * knative/serving v1.23.0 decides. A pure function: bounds and the way to zero are `activation.ts`.
 */
export function decide(
  rules: AutoscalerRules,
  state: AutoscalerState,
  seen: Observation,
): Decision {
  // With none ready it reckons as with one.
  const ready = Math.max(1, seen.ready)
  const most = Math.ceil(rules.maxScaleUpRate * ready)
  const least = seen.isReachable ? Math.floor(ready / rules.maxScaleDownRate) : 0
  const wantedByStable = Math.ceil(seen.stable / rules.target)
  const wantedByPanic = Math.ceil(seen.panic / rules.target)
  const limited = (wanted: number) => {
    const instances = Math.min(Math.max(wanted, least), most)
    const isActivating = rules.activationScale > 1 && wanted > 0
    return isActivating ? Math.max(instances, rules.activationScale) : instances
  }
  const byStable = limited(wantedByStable)
  const byPanic = limited(wantedByPanic)

  const isOver = wantedByPanic / ready >= rules.panicThreshold
  const panicSince = isOver ? seen.now : stillPanicking(rules, state, seen.now)
  let desired = byStable
  let maxPanicInstances = 0
  if (panicSince !== undefined) {
    // Never fewer while the panic lasts.
    maxPanicInstances = Math.max(state.maxPanicInstances, byStable, byPanic)
    desired = maxPanicInstances
  } else if (state.panicSince === undefined) {
    maxPanicInstances = state.maxPanicInstances
  }

  let { decisions } = state
  if (seen.isReachable && rules.scaleDownDelayMs > 0) {
    decisions = remembered(decisions, rules, seen.now, desired)
    desired = decisions[0]?.instances ?? desired
  }
  return {
    desired,
    excessBurstCapacity: excessBurstCapacity(rules, seen),
    state: { panicSince, maxPanicInstances, decisions },
  }
}

function stillPanicking(
  { stableWindowMs }: AutoscalerRules,
  { panicSince }: AutoscalerState,
  now: number,
): number | undefined {
  const isOver = panicSince === undefined || panicSince + stableWindowMs < now
  return isOver ? undefined : panicSince
}

/** The decisions of the delay's window with one more, without those that a later one is no smaller than. */
function remembered(
  decisions: AutoscalerState['decisions'],
  { scaleDownDelayMs }: AutoscalerRules,
  now: number,
  instances: number,
): AutoscalerState['decisions'] {
  const tick = Math.floor(now / TICK_MS)
  const oldest = tick - Math.ceil(scaleDownDelayMs / TICK_MS)
  const kept = decisions.filter((each) => each.tick > oldest && each.instances > instances)
  return [...kept, { tick, instances }]
}

function excessBurstCapacity(
  { targetBurstCapacity, total }: AutoscalerRules,
  { ready, panic }: Observation,
): number {
  if (targetBurstCapacity === 0) return 0
  if (targetBurstCapacity < 0) return -1
  return Math.floor(ready * total - targetBurstCapacity - panic)
}
