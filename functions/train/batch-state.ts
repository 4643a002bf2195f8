import { isStateLike } from '../lib/models/stored-state.ts'
import type { BatchModel } from '../lib/ports/declared-models.ts'
import { newRowProgress } from './row-progress.ts'
import type { RowProgress } from './row-progress.ts'
import { hasFields, isNullOr, isRowProgress, isText } from './stored.ts'

/**
 * What train remembers of a batch model: the rows that were counted for `every`, in their order, and the newest drift
 * in its errors; plain JSON.
 */
export interface BatchState extends RowProgress {
  series: string
  /** Windows begin at `since`; `isPending`: there were too few rows since to fit it. */
  drift: { timestamp: string; since: string; isPending: boolean } | null
}

/** The id of a batch model's document. */
export function batchStateId(name: string): string {
  return `training:${name}`
}

export function newBatchState(
  series: string,
  { takenBefore }: { takenBefore: number },
): BatchState {
  return { ...newRowProgress(takenBefore), series, drift: null }
}

/** Reads a document. Throws an Error when it is damaged. */
export function parseBatchState(document: unknown): BatchState {
  if (isBatchState(document)) return document
  throw new Error('the stored document is no state of a batch model')
}

/** The state of the declared series: of another one nothing counts any more, but the number of rows goes on. */
export function ofSeries(state: BatchState, { series }: BatchModel): BatchState {
  if (state.series === series) return state
  return newBatchState(series, { takenBefore: state.takenBefore + state.taken })
}

function isBatchState(document: unknown): document is BatchState {
  return (
    isStateLike(newBatchState('', { takenBefore: 0 }), document) &&
    isRowProgress(document) &&
    hasFields(document, {
      drift: (drift) =>
        isNullOr(drift, {
          timestamp: isText,
          since: isText,
          isPending: (value) => typeof value === 'boolean',
        }),
    })
  )
}
