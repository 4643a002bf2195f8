/**
 * What a consumer has done of one partition. Nothing is committed past an unfinished record, whatever the order in
 * which later ones finish.
 */
export interface OffsetTracker {
  /** The offset to read next. */
  next(): number
  /** A record is being delivered; it and what stands before it was read. */
  begin(offset: number): void
  /** A record needs no more attention. */
  done(offset: number): void
  /** Leaves out what no longer exists before an offset. */
  skipTo(offset: number): void
  /** The first offset that is not done: what a group commits. */
  committable(): number
  /** How many records before `end` are not done. */
  unfinished(end: number): number
}

/** Tracks a partition from an offset on. It remembers the records in flight only, so it is as small as they are few. */
export function trackOffsets(from: number): OffsetTracker {
  const inFlight = new Set<number>()
  let next = from
  return {
    next: () => next,
    begin(offset) {
      inFlight.add(offset)
      next = Math.max(next, offset + 1)
    },
    done(offset) {
      inFlight.delete(offset)
    },
    skipTo(offset) {
      next = Math.max(next, offset)
    },
    // Records begin in the order of their offsets, so the first one in the set is the lowest.
    committable: () => inFlight.values().next().value ?? next,
    unfinished: (end) => Math.max(0, end - next) + inFlight.size,
  }
}
