import type { ServiceManifest } from '../../manifests/inventory.ts'
import { DEFAULT_PROBE } from './probe.ts'
import type { Probed } from './probe.ts'
import { untilDead, untilReady } from './readiness.ts'

export interface HealthNeeds {
  readonly probes: Pick<ServiceManifest, 'readinessProbe' | 'livenessProbe'>
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

/** Asks a process's probes until it ends. */
export function watchHealth(needs: HealthNeeds): Health {
  const { probes, probed, over, onChange } = needs
  const probe = probes.readinessProbe ?? DEFAULT_PROBE
  let readySince: number | undefined
  let readyForMs = 0

  const becomeReady = async (afterMs: number) => {
    const attempt = new AbortController()
    const end = () => attempt.abort()
    over.addEventListener('abort', end, { once: true })
    const deadline = setTimeout(end, needs.progressDeadlineMs)
    const silence = setTimeout(() => needs.onSilence(SILENCE_MS), SILENCE_MS)
    try {
      await untilReady(probe, probed, attempt.signal, afterMs)
      readySince = performance.now()
      onChange()
    } catch (error) {
      if (over.aborted) return
      if (!attempt.signal.aborted) throw error
      needs.giveUp(`it was not ready within ${needs.progressDeadlineMs / 1_000} s`)
    } finally {
      clearTimeout(silence)
      clearTimeout(deadline)
      over.removeEventListener('abort', end)
    }
  }
  const stayAlive = async () => {
    if (probes.livenessProbe === undefined) return
    try {
      await untilDead(probes.livenessProbe, probed, over)
      needs.giveUp('it failed its liveness probe')
    } catch (error) {
      if (!over.aborted) throw error
    }
  }
  const stopBeingReady = () => {
    if (readySince === undefined) return
    readyForMs = performance.now() - readySince
    readySince = undefined
    onChange()
  }
  over.addEventListener('abort', stopBeingReady, { once: true })
  void becomeReady(probe.initialDelaySeconds * 1_000)
  void stayAlive()

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
      void becomeReady(DOUBT_MS)
    },
  }
}
