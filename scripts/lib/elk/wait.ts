import { setTimeout as delay } from 'node:timers/promises'

import { CommandFailure } from '../failure.ts'

/** Not yet: the reason, in words. */
export interface NotYet {
  readonly notYet: string
}

const BETWEEN_MS = 1_000

/**
 * Asks again, once a second, until something answers. Fails at the deadline with the last reason; what the probe throws
 * will not mend itself, and ends the wait.
 */
export async function waitFor<T extends object>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T | NotYet>,
): Promise<T> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const answer = await probe()
    if (!isNotYet(answer)) return answer
    if (performance.now() + BETWEEN_MS > end) {
      throw new CommandFailure(
        `${what} is not ready after ${timeoutMs / 1_000} s: ${answer.notYet}`,
      )
    }
    await delay(BETWEEN_MS)
  }
}

function isNotYet(answer: object): answer is NotYet {
  return 'notYet' in answer
}
