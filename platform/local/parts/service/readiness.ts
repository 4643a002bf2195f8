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

/** Resolves once a liveness probe has said no as often in a row as it allows; rejects when the signal fires first. */
export async function untilDead(probe: Probe, probed: Probed, signal: AbortSignal): Promise<void> {
  const allowed = probe.failureThreshold > 0 ? probe.failureThreshold : KUBERNETES_FAILURES
  const periodMs =
    (probe.periodSeconds > 0 ? probe.periodSeconds : KUBERNETES_PERIOD_SECONDS) * 1_000
  await pause(probe.initialDelaySeconds * 1_000, undefined, { signal })
  for (let inARow = 0; inARow < allowed;) {
    await pause(periodMs, undefined, { signal })
    inARow = (await ask(probe, probed)) ? 0 : inARow + 1
    signal.throwIfAborted()
  }
}
