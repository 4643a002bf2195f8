import type { RowPatch, StoredRow } from '../events.ts'

/** What a stored row may hold. */
export const MAX_FEATURES = 1_000
export const MAX_MODELS = 100

/** Which rows of a series: those with `after < timestamp <= through`, or the last `rows` up to `through`. */
export type WindowSize = { kind: 'duration'; milliseconds: number } | { kind: 'rows'; rows: number }

/**
 * The stored rows, one per (series, timestamp), whatever the order their parts arrive in.
 *
 * `merge` adds to what is stored: features by name and the target replace what was there, and the first prediction of
 * a model stays. It is durable when it resolves, atomic per row, safe with several writers at once, and repeating it
 * changes nothing. It answers the rows as they are stored then, in the order of the patches, one for each patch. A patch
 * that would give its row more than `MAX_FEATURES` features or `MAX_MODELS` models' predictions is left out whole, and
 * undefined stands in its place: a row must fit into an event.
 * `storedAt`, from which a row's seven days count, is set by the store at the first merge.
 *
 * Rejects with a `RetryableError` when the store cannot be reached or written.
 */
export interface Rows {
  merge(patches: readonly RowPatch[]): Promise<(StoredRow | undefined)[]>
  /** The timestamp of the series' newest row with features and target, if there is one. */
  newestComplete(series: string): Promise<string | undefined>
  /** The names of the series that have rows, in order, at most `limit`. */
  series(limit: number): Promise<string[]>
  /** Rows with features and target that end at `through` (inclusive), oldest first. */
  window(series: string, through: string, size: WindowSize): Promise<StoredRow[]>
  /** The first `limit` rows with features and target after a timestamp (null: of all), oldest first. */
  after(series: string, after: string | null, limit: number): Promise<StoredRow[]>
}
