/** The bounds and waits of a revision's scale. Times are milliseconds of the platform's clock. */
export interface ScaleBounds {
  readonly minScale: number
  /** 0: none. */
  readonly maxScale: number
  readonly initialScale: number
  readonly stableWindowMs: number
  readonly scaleToZeroGraceMs: number
  readonly lastPodRetentionMs: number
  /** How long instances may take to become ready before none is wanted any more. */
  readonly activationTimeoutMs: number
}

/** Whether requests find instances: `activating` while they come up, `inactive` when none is wanted. */
export interface Activation {
  readonly phase: 'activating' | 'active' | 'inactive'
  readonly since: number
  /** Whether the initial scale was reached once. */
  readonly isInitialized: boolean
}

/** Where a revision stands when its scale is set. */
export interface Standing {
  readonly now: number
  readonly ready: number
  readonly isReachable: boolean
  /** How long the activator has been in the way of requests. */
  readonly proxiedForMs: number
}

export interface Scale {
  /** How many instances are wanted; undefined: nobody knows. */
  readonly want: number | undefined
  /** Whether that is done now, or waited with. */
  readonly isApplied: boolean
}

/** A revision that has just been made. */
export function newActivation(now: number): Activation {
  return { phase: 'activating', since: now, isInitialized: false }
}

/**
 * What becomes of the autoscaler's wish (undefined: it has no data): within the bounds, and to zero only after the
 * revision was active for a window and then inactive for the grace period. As
 * `pkg/reconciler/autoscaling/kpa/scaler.go` of knative/serving v1.23.0 decides.
 */
export function scaleFor(
  bounds: ScaleBounds,
  activation: Activation,
  wished: number | undefined,
  standing: Standing,
): Scale {
  if (wished === undefined && activation.phase !== 'activating') {
    return { want: undefined, isApplied: false }
  }
  const { isReachable } = standing
  const isStarting = !activation.isInitialized && isReachable && bounds.initialScale > 1
  const own = isReachable ? bounds.minScale : 0
  const least = isStarting ? Math.max(own, bounds.initialScale) : own
  const want = bounded(least, bounds.maxScale, wished ?? 0)
  return want === 0 ? toZero(bounds, activation, standing) : { want, isApplied: true }
}

/** Where a revision stands after its scale was set, as `kpa.go` reckons it. */
export function nextActivation(
  bounds: ScaleBounds,
  activation: Activation,
  want: number | undefined,
  { now, ready, isReachable }: Standing,
): Activation {
  const least = isReachable ? bounds.minScale : 0
  const needed = Math.max(least, activation.isInitialized ? 1 : bounds.initialScale)
  const isInitialized = activation.isInitialized || ready >= needed
  const phase = phaseOf(activation.phase, want, ready >= needed)
  const since = phase === activation.phase ? activation.since : now
  return { phase, since, isInitialized }
}

function phaseOf(
  phase: Activation['phase'],
  want: number | undefined,
  isReady: boolean,
): Activation['phase'] {
  if (want === 0) return 'inactive'
  if (want === undefined && phase === 'inactive') return 'inactive'
  return isReady ? 'active' : 'activating'
}

function bounded(least: number, most: number, wished: number): number {
  if (wished < least) return least
  return most !== 0 && wished > most ? most : wished
}

function toZero(
  bounds: ScaleBounds,
  { phase, since }: Activation,
  { now, isReachable, proxiedForMs }: Standing,
): Scale {
  const forMs = now - since
  switch (phase) {
    case 'activating':
      return forMs >= bounds.activationTimeoutMs
        ? { want: 0, isApplied: true }
        : { want: undefined, isApplied: false }
    case 'active':
      // The activator takes over first; until the window has passed one instance stays.
      return forMs >= bounds.stableWindowMs
        ? { want: 0, isApplied: false }
        : { want: 1, isApplied: true }
    case 'inactive': {
      const retentionMs = isReachable ? bounds.lastPodRetentionMs : 0
      const isOver = forMs >= Math.max(bounds.scaleToZeroGraceMs, retentionMs)
      const isEarly = forMs >= retentionMs && proxiedForMs >= bounds.scaleToZeroGraceMs
      return { want: 0, isApplied: isOver || isEarly }
    }
  }
}
