import { setTimeout as pause } from 'node:timers/promises'

import { CommandFailure } from '../failure.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000
/** A condition that stays the same is said again this often, so that nobody takes waiting for hanging. */
const REPEAT_MS = 30_000

/**
 * Asks what is missing, more and more rarely, until nothing is. Says what is missing whenever that changes. Throws once
 * the deadline (milliseconds from now) has passed.
 */
export async function awaitCondition(
  missing: () => Promise<string | undefined>,
  deadlineMs: number,
  say: (sentence: string) => void,
): Promise<void> {
  const end = performance.now() + deadlineMs
  let said = ''
  let saidAt = 0
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const sentence = await missing()
    if (sentence === undefined) return
    if (performance.now() > end) {
      throw new CommandFailure(`not so after ${Math.round(deadlineMs / 1_000)} s: ${sentence}`)
    }
    if (sentence !== said || performance.now() - saidAt > REPEAT_MS) {
      say(sentence)
      said = sentence
      saidAt = performance.now()
    }
    await pause(Math.min(pauseMs, Math.max(0, end - performance.now()) + 1))
  }
}
