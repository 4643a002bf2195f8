import { describeError } from '../../../functions/lib/log.ts'
import type { Facts } from '../facts.ts'

/** Commits again and again. */
export interface Commits {
  /** Commits at once, besides. */
  now(): void
  /** Stops without a last commit. */
  stop(): void
  /** Stops, and commits once more. Never rejects. */
  close(): Promise<void>
}

/** `auto.commit.interval.ms` of Knative's dispatcher, milliseconds of the wall. */
const COMMIT_INTERVAL_MS = 5_000

/** Calls `commit` every five seconds, one at a time, and says once when that begins to fail. */
export function startCommits(
  commit: () => void | Promise<void>,
  facts: Facts,
  who: string,
): Commits {
  let isCommitting = true
  let running: Promise<void> | undefined

  async function turn(): Promise<void> {
    try {
      await commit()
      isCommitting = true
    } catch (error) {
      const fact = `cannot commit, will try again: ${describeError(error)}`
      facts(isCommitting ? 'warn' : 'debug', who, fact)
      isCommitting = false
    }
    running = undefined
  }

  const now = (): void => {
    running ??= turn()
  }
  const ticker = setInterval(now, COMMIT_INTERVAL_MS)
  const stop = (): void => clearInterval(ticker)
  return {
    now,
    stop,
    async close() {
      stop()
      await running
      await turn()
    },
  }
}
