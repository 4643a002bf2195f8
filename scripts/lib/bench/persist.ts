import type { Platform } from '../../../platform/local/platform.ts'
import { dataOf, inParallel, poster, timed } from './drive.ts'

const BATCH = 500
const ROWS = 60_000

/**
 * Rows a second that persist takes, stores and publishes: features of every row in batches of 500, then their targets,
 * posted straight to the function, five at a time as a source would. Each is one merge; targets publish the row.
 */
export async function benchPersist(platform: Platform): Promise<{ rowsPerSecond: number }> {
  const post = poster(platform, 'persist.nowcast.localhost', '/')
  const bodies = (['features', 'target'] as const).map((kind) => ({
    kind,
    batches: Array.from({ length: ROWS / BATCH }, (_, index) =>
      dataOf(kind, index * BATCH, (index + 1) * BATCH),
    ),
  }))
  await post('features', dataOf('features', -BATCH, 0))
  const seconds = await timed(async () => {
    for (const { kind, batches } of bodies) {
      await inParallel(batches, 5, (body) => post(kind, body))
    }
  })
  return { rowsPerSecond: (2 * ROWS) / seconds }
}
