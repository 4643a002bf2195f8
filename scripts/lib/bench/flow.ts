import type { Platform } from '../../../platform/local/platform.ts'
import { dataOf, inParallel, registerModel, settled, sinkPoster, timed } from './drive.ts'

const BATCH = 100
const ROWS = 20_000

/** Samples a second through the whole flow, from the events on mltest until the last score is stored, counted and learnt from. */
export async function benchFlow(platform: Platform): Promise<{ rowsPerSecond: number }> {
  const post = sinkPoster(platform)
  await registerModel(platform)
  await post('features', dataOf('features', 0, 1))
  await settled(platform)
  const batches = Array.from({ length: ROWS / BATCH }, (_, index) => {
    const from = 1 + index * BATCH
    return {
      features: dataOf('features', from, from + BATCH),
      target: dataOf('target', from, from + BATCH),
    }
  })
  const seconds = await timed(async () => {
    await inParallel(batches, 4, async ({ features, target }) => {
      await post('features', features)
      await post('target', target)
    })
    await settled(platform)
  })
  const scores = (await platform.view.stores?.scores.newest('mltest', ROWS + 1)) ?? []
  const scored = new Set(scores.map(({ timestamp }) => timestamp)).size
  if (scored !== ROWS) {
    throw new Error(
      `${scored} of ${ROWS} samples have a score: what was measured is not the whole flow`,
    )
  }
  return { rowsPerSecond: ROWS / seconds }
}
