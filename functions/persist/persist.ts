import type { Cause, Rejection, RowEventRow, RowPatch, StoredRow } from '../lib/events.ts'

/** The stored rows that are worth an event: those with a target, each once, with what caused it. */
export function completedRows(stored: readonly StoredRow[], cause: Cause): RowEventRow[] {
  const latest = new Map<string, RowEventRow>()
  for (const row of stored) {
    if (row.target === undefined) continue
    latest.set(JSON.stringify([row.series, row.timestamp]), { ...row, cause })
  }
  return [...latest.values()]
}

/** The patches that the store left out, their rows being full. `merged` holds one answer a patch. */
export function overfull(
  patches: readonly RowPatch[],
  merged: readonly (StoredRow | undefined)[],
): Rejection[] {
  return patches
    .filter((_, index) => merged[index] === undefined)
    .map((row) => {
      const reason = 'the row would hold more features or predictions than a row may'
      return { row, code: 'row-full', reason }
    })
}
