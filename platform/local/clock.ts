import { setTimeout as delay } from 'node:timers/promises'

/** The platform's time. On a laptop it may run faster than the wall's; it never runs backwards, also over restarts. */
export interface Clock {
  /** Virtual milliseconds since the epoch, whole. */
  now(): number
  /** Virtual milliseconds that pass in one of the wall's; Infinity when time only moves in jumps, as in lock step. */
  readonly speed: number
  /** Whether ticks may be jumped over: a schedule then fires once for all it missed. */
  readonly jumps: boolean
  /** Lets time begin: in lock step nothing is due before; otherwise it has begun. */
  begin(): void
  /**
   * Resolves once `ms` of virtual time have passed; rejects with the signal's reason when it fires first. A `tick` is
   * a wait of somebody who only watches the time go by: a clock that jumps does not stop for it.
   */
  sleep(ms: number, signal?: AbortSignal, kind?: 'tick'): Promise<void>
  /**
   * Does what others can see the effect of. In lock step one thing is done at a time, that of the lowest `order` first
   * and among equals the one that asked first, and time stands still meanwhile; otherwise it is done at once. Rejects
   * with the signal's reason when it fires before the turn has come.
   */
  turn<T>(order: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

/** The longest wait that Node's timers take. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * A clock that starts at the wall's time, or at `notBefore` if that is later (an earlier run was ahead of the wall), or
 * exactly at `at`, and then runs `speed` times as fast. What happens to the wall's clock afterwards does not move it.
 */
export function startClock({
  speed,
  notBefore,
  at,
}: {
  speed: number
  notBefore: number
  at?: number | undefined
}): Clock {
  const began = performance.now()
  const start = at ?? Math.max(Date.now(), notBefore)
  const now = (): number => Math.floor(start + (performance.now() - began) * speed)
  return {
    speed,
    jumps: false,
    begin: () => undefined,
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
    turn: (_, work) => work(),
  }
}
