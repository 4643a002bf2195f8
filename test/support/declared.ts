import type { BatchModel, OnlineModel } from '../../functions/lib/ports/declared-models.ts'

const shared = {
  series: 'mltest',
  missing: 'refuse',
  cadence: 1_000,
  grace: 30_000,
  season: null,
  triggers: { tick: true, drift: true, every: null },
} as const

/** A declared batch model: RidgeCV on the last 300 rows, unless said otherwise. */
export function batchModel(rest: Partial<BatchModel> = {}): BatchModel {
  return {
    name: 'ridgecv',
    algorithm: 'ridgecv',
    window: { kind: 'rows', rows: 300 },
    minimumRows: 2,
    ...shared,
    ...rest,
  }
}

/** A declared online model: recursive least squares with jump reset, unless said otherwise. */
export function onlineModel(rest: Partial<OnlineModel> = {}): OnlineModel {
  return {
    name: 'online',
    algorithm: 'rls',
    forgetting: 1,
    jump: { threshold: 8, confirm: 1 },
    ...shared,
    ...rest,
  }
}
