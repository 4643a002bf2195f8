import { setTimeout as delay } from 'node:timers/promises'

/** The platform's time. On a laptop it may run faster than the wall's; it never runs backwards, also over restarts. */
export interface Clock {
  /** Virtual milliseconds since the epoch, whole. */
  now(): number
  /** Virtual milliseconds that pass in one of the wall's. */
  readonly speed: number
  /** Resolves once `ms` of virtual time have passed; rejects with the signal's reason when it fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The longest wait that Node's timers take. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * A clock that starts at the wall's time, or at `notBefore` if that is later (an earlier run was ahead of the wall),
 * and then runs `speed` times as fast. What happens to the wall's clock afterwards does not move it.
 */
export function startClock({ speed, notBefore }: { speed: number; notBefore: number }): Clock {
  const began = performance.now()
  const start = Math.max(Date.now(), notBefore)
  const now = (): number => Math.floor(start + (performance.now() - began) * speed)
  return {
    speed,
    now,
    async sleep(ms, signal) {
      const until = now() + ms
      for (let left = ms; left > 0; left = until - now()) {
        await delay(
          Math.min(Math.ceil(left / speed), MAX_TIMER_MS),
          undefined,
          signal && { signal },
        )
      }
    },
  }
}
