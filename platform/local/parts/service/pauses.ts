const LONGEST_PAUSE_MS = 30_000

/** A process that stayed ready this long (wall milliseconds) has its earlier failures forgiven. */
export const FORGIVEN_AFTER_MS = 60_000

/**
 * How long to wait before a process that ended is started again, wall milliseconds: not at all after the first time,
 * then a second, doubling up to thirty. Kubernetes waits ten seconds, doubling up to five minutes; a person who mends
 * a function at this machine should not.
 */
export function pauseAfter(failuresInARow: number): number {
  if (failuresInARow <= 1) return 0
  return Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** (failuresInARow - 2))
}
