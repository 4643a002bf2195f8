import { setTimeout as pause } from 'node:timers/promises'

/**
 * Waits until something is so. Rejects after the deadline (wall milliseconds), saying what was waited for, and with
 * the last error when the question itself failed.
 */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  { deadlineMs, everyMs = 20 }: { readonly deadlineMs: number; readonly everyMs?: number },
): Promise<void> {
  const end = performance.now() + deadlineMs
  let failure: unknown
  for (;;) {
    try {
      if (await isSo()) return
      failure = undefined
    } catch (error) {
      failure = error
    }
    if (performance.now() > end) {
      throw new Error(`waited ${deadlineMs / 1_000} s in vain: ${what}`, { cause: failure })
    }
    await pause(everyMs)
  }
}
