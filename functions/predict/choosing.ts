import { servedVersions } from '../lib/models/serving-pointers.ts'
import type { ServingPointers } from '../lib/models/serving-pointers.ts'
import { isBatch } from '../lib/ports/declared-models.ts'
import type { DeclaredModel } from '../lib/ports/declared-models.ts'
import type { ModelVersion } from '../lib/ports/models.ts'
import { isPinned, mayPredict } from './predict.ts'
import type { Predictor } from './predict.ts'
import type { Serving } from './serving.ts'

/** What predicts a row, or why nothing does. */
type Chosen = { kind: 'by'; predictor: Predictor } | { kind: 'nothing'; why: string }

/**
 * Chooses what predicts the row at a timestamp for a declared model: an online model's live state, or once that has
 * learnt the row a version that had not; of a batch model the newest version that is served and had not. The stores are
 * read once, at the first row that needs them.
 */
export function startChoosing(
  serving: Serving,
  declaration: DeclaredModel,
  pointers: ServingPointers,
): (timestamp: string) => Promise<Chosen> {
  const { name } = declaration
  const isLive = !isBatch(declaration) && !isPinned(pointers, name)
  let live: Promise<Predictor | undefined> | undefined
  let versions: Promise<ModelVersion[]> | undefined
  return async (timestamp) => {
    const state = await (isLive ? (live ??= serving.live(name)) : undefined)
    if (state !== undefined && mayPredict(state.trainedThrough, timestamp)) {
      return { kind: 'by', predictor: state }
    }
    const all = await (versions ??= serving.versions(name))
    if (all.length === 0) return { kind: 'nothing', why: 'no version yet' }
    const predictor = await serving.firstUsable(
      servedVersions(all, pointers).filter((version) =>
        mayPredict(version.trainedThrough, timestamp),
      ),
    )
    if (predictor === undefined) return { kind: 'nothing', why: 'no version fits the row' }
    return { kind: 'by', predictor }
  }
}
