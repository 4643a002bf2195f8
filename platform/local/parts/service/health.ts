import { setTimeout as pause } from 'node:timers/promises'
import type { ServiceManifest } from '../../manifests/inventory.ts'
import { DEFAULT_PROBE } from './probe.ts'
import type { Probed } from './probe.ts'
import { hasStarted, untilFailed, untilReady } from './readiness.ts'

export interface HealthNeeds {
  readonly probes: Pick<ServiceManifest, 'readinessProbe' | 'livenessProbe' | 'startupProbe'>
  readonly probed: Probed
  /** Wall milliseconds in which the process must become ready. */
  readonly progressDeadlineMs: number
  /** Fires when the process has ended. */
  readonly over: AbortSignal
  readonly onChange: () => void
  /** Called when it has not been ready for long, wall milliseconds. */
  readonly onSilence: (afterMs: number) => void
  /** The process is to be ended, and why. */
  readonly giveUp: (why: string) => void
}

/** Whether a process can take requests. */
export interface Health {
  readonly isReady: boolean
  /** How long it has been ready, or was when it last stopped being so, wall milliseconds. */
  readonly readyForMs: number
  /**
   * It refused or cut a connection: it must pass its readiness probe once more. A process that is killed does so just
   * before its end is told, and no further request shall meet it meanwhile.
   */
  readonly doubt: () => void
}

const DOUBT_MS = 50
const SILENCE_MS = 10_000

/**
 * Asks a process's probes until it ends: the startup probe first, then readiness and liveness, each again and again. One
 * that fails its readiness probe gets no requests until it passes; one that fails the others is ended.
 */
export function watchHealth(needs: HealthNeeds): Health {
  const { probes, probed, over, onChange } = needs
  const readiness = probes.readinessProbe ?? DEFAULT_PROBE
  let readySince: number | undefined
  let readyForMs = 0
  let asking = new AbortController()

  const stopBeingReady = () => {
    if (readySince === undefined) return
    readyForMs = performance.now() - readySince
    readySince = undefined
    onChange()
  }
  const becomeReady = async (signal: AbortSignal, afterMs: number) => {
    const attempt = new AbortController()
    const end = () => attempt.abort()
    signal.addEventListener('abort', end, { once: true })
    const deadline = setTimeout(end, needs.progressDeadlineMs)
    const silence = setTimeout(() => needs.onSilence(SILENCE_MS), SILENCE_MS)
    try {
      await untilReady(readiness, probed, attempt.signal, afterMs)
      readySince = performance.now()
      onChange()
    } catch (error) {
      if (signal.aborted || !attempt.signal.aborted) throw error
      needs.giveUp(`it was not ready within ${needs.progressDeadlineMs / 1_000} s`)
    } finally {
      clearTimeout(silence)
      clearTimeout(deadline)
      signal.removeEventListener('abort', end)
    }
  }
  const keepAsking = (afterMs: number) => {
    asking.abort()
    asking = new AbortController()
    const { signal } = asking
    if (over.aborted) return
    over.addEventListener('abort', () => asking.abort(), { once: true })
    void unlessOver(signal, async () => {
      for (let waitMs = afterMs; ; waitMs = 0) {
        await becomeReady(signal, waitMs)
        await untilFailed(readiness, probed, signal)
        stopBeingReady()
      }
    })
  }
  const begin = async () => {
    const { startupProbe, livenessProbe } = probes
    if (startupProbe !== undefined) {
      const isUp = await hasStarted(startupProbe, probed, over)
      if (!isUp) return needs.giveUp('it failed its startup probe')
    }
    keepAsking(readiness.initialDelaySeconds * 1_000)
    if (livenessProbe === undefined) return
    await pause(livenessProbe.initialDelaySeconds * 1_000, undefined, { signal: over })
    await untilFailed(livenessProbe, probed, over)
    needs.giveUp('it failed its liveness probe')
  }
  over.addEventListener('abort', stopBeingReady, { once: true })
  void unlessOver(over, begin)

  return {
    get isReady() {
      return readySince !== undefined
    },
    get readyForMs() {
      return readySince === undefined ? readyForMs : performance.now() - readySince
    },
    doubt() {
      if (readySince === undefined) return
      stopBeingReady()
      keepAsking(DOUBT_MS)
    },
  }
}

/** Does something until the signal fires; what it throws then is no news. */
async function unlessOver(
  signal: AbortSignal,
  doing: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  try {
    await doing(signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
