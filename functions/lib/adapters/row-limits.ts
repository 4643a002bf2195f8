import type { RowPatch } from '../events.ts'
import { MAX_FEATURES, MAX_MODELS } from '../ports/rows.ts'

/** Whether a row, or what a patch adds to one, stays within what a row may hold. */
export function fitsRow({
  features = {},
  predictions = {},
}: Pick<RowPatch, 'features' | 'predictions'>): boolean {
  return (
    Object.keys(features).length <= MAX_FEATURES && Object.keys(predictions).length <= MAX_MODELS
  )
}
