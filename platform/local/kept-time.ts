import type { Clock } from './clock.ts'
import type { SqliteLog } from './log/sqlite-log.ts'

/** How often the platform notes what time it is, milliseconds of the wall. */
export const TIME_KEPT_EVERY_MS = 1_000

/** Notes the virtual time, so that the next start goes on there. */
export interface KeptTime {
  /** Notes what time it is, or a later one (virtual milliseconds) that is about to be told to somebody. */
  note(time?: number): void
  /** Notes the exact time: nobody is told another one after that. */
  end(): void
}

/**
 * `isAlone`: no record of the log says what time it was when the platform is killed, as beside a real Kafka. A time ahead is noted then: a
 * killed platform's clock jumps two seconds of the wall, and never goes back.
 */
export function keepTime(
  log: Pick<SqliteLog, 'saveTime'>,
  clock: Clock,
  { isAlone }: { readonly isAlone: boolean },
): KeptTime {
  const aheadMs = isAlone ? Math.ceil(2 * TIME_KEPT_EVERY_MS * clock.speed) : 0
  return {
    note: (time = 0) => log.saveTime(Math.max(time, clock.now() + aheadMs)),
    end: () => log.saveTime(clock.now()),
  }
}
