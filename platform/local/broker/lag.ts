import type { PartitionRange } from '../log/event-log.ts'

/** How many records a group has not finished, by what it committed. */
export function lagBehind(
  ranges: readonly PartitionRange[],
  committed: ReadonlyMap<number, number>,
): number {
  return ranges.reduce((sum, { partition, start, end }) => {
    return sum + end - Math.min(end, Math.max(start, committed.get(partition) ?? start))
  }, 0)
}
