import { setTimeout as pause } from 'node:timers/promises'
import type { Probe } from '../../manifests/inventory.ts'
import { ask, periodOf } from './probe.ts'
import type { Probed } from './probe.ts'

const KUBERNETES_PERIOD_SECONDS = 10
const KUBERNETES_FAILURES = 3

/**
 * Asks after `afterMs` wall milliseconds and then again and again; resolves once the probe has said yes as often in a
 * row as it needs, rejects when the signal fires first.
 */
export async function untilReady(
  probe: Probe,
  probed: Probed,
  signal: AbortSignal,
  afterMs: number,
): Promise<void> {
  const needed = Math.max(1, probe.successThreshold)
  if (afterMs > 0) await pause(afterMs, undefined, { signal })
  for (let inARow = 0; inARow < needed;) {
    inARow = (await ask(probe, probed)) ? inARow + 1 : 0
    signal.throwIfAborted()
    if (inARow < needed) await pause(periodOf(probe), undefined, { signal })
  }
}

/** Resolves once a probe has said no as often in a row as it allows; rejects when the signal fires first. */
export async function untilFailed(
  probe: Probe,
  probed: Probed,
  signal: AbortSignal,
): Promise<void> {
  const { allowed, periodMs } = patienceOf(probe)
  for (let inARow = 0; inARow < allowed;) {
    await pause(periodMs, undefined, { signal })
    inARow = (await ask(probe, probed)) ? 0 : inARow + 1
    signal.throwIfAborted()
  }
}

/**
 * Whether a startup probe says yes before it has said no as often as it allows. Rejects when the signal fires first.
 */
export async function hasStarted(
  probe: Probe,
  probed: Probed,
  signal: AbortSignal,
): Promise<boolean> {
  const { allowed, periodMs } = patienceOf(probe)
  for (let asked = 0; asked < allowed; asked++) {
    const waitMs = asked === 0 ? probe.initialDelaySeconds * 1_000 : periodMs
    await pause(waitMs, undefined, { signal })
    const answer = await ask(probe, probed)
    signal.throwIfAborted()
    if (answer) return true
  }
  return false
}

/** Of Kubernetes, with its defaults for what a probe leaves open. */
function patienceOf({ failureThreshold, periodSeconds }: Probe): {
  allowed: number
  periodMs: number
} {
  return {
    allowed: failureThreshold > 0 ? failureThreshold : KUBERNETES_FAILURES,
    periodMs: (periodSeconds > 0 ? periodSeconds : KUBERNETES_PERIOD_SECONDS) * 1_000,
  }
}
