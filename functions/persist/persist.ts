import type { Cause, RowEventRow, StoredRow } from '../lib/events.ts'

/** The stored rows that are worth an event: those with a target, each once, with what caused it. */
export function completedRows(stored: readonly StoredRow[], cause: Cause): RowEventRow[] {
  const latest = new Map<string, RowEventRow>()
  for (const row of stored) {
    if (row.target === undefined) continue
    latest.set(JSON.stringify([row.series, row.timestamp]), { ...row, cause })
  }
  return [...latest.values()]
}
