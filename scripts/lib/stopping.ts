import process from 'node:process'

import type { WatchedOutput } from './watched-output.ts'

/**
 * npm gives a Ctrl-C on to its script although the terminal has sent it to both: what follows so soon is the same
 * press.
 */
const SAME_PRESS_MS = 500

/**
 * Resolves when somebody wishes the end: by Ctrl-C, SIGTERM, or by closing the terminal or the pipe that is written
 * to. A second wish ends the process at once, and with it what it started.
 */
export function awaitStop(output: WatchedOutput): Promise<void> {
  let first: number | undefined
  return new Promise((resolve) => {
    const onSignal = (): void => {
      if (first === undefined) {
        first = performance.now()
        resolve()
      } else if (performance.now() - first > SAME_PRESS_MS) {
        process.exit(130)
      }
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
    // Facts go on being written while it stops: they are no second wish.
    output.whenClosed(resolve)
  })
}
