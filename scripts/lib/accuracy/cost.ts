import process from 'node:process'

import type { LearningRow } from '../../../functions/lib/models/online-learner.ts'
import type { OnlineModel } from '../../../functions/lib/ports/declared-models.ts'
import { timestampKey } from '../../../functions/lib/timestamps.ts'
import { learnRows } from '../../../functions/train/online.ts'
import { newOnlineState } from '../../../functions/train/online-state.ts'
import type { Lines } from './lines.ts'
import { timeScikitLearn } from './scikit-learn.ts'
import { FEATURES } from './seed-stream.ts'
import { fitWindow } from './seed-system.ts'

const FITS = 200

/**
 * What training costs on this machine: the best of five runs of 200 fits, and of 10,000 rows, each row a call. It is
 * the processor time of the one thread, so that what else the machine does costs nothing here.
 */
export function benchCost(
  { line }: Lines,
  stream: readonly LearningRow[],
  models: readonly OnlineModel[],
): void {
  const window = stream.slice(0, 300)
  const fitMs = bestOfFive(() => {
    for (let fits = 0; fits < FITS; fits += 1) fitWindow(window)
  })
  const scikitLearn = timeScikitLearn(
    window.map(({ features, target }) => [...FEATURES.map((name) => features[name] ?? 0), target]),
  )
  line({
    name: `RidgeCV on 300 x 10, ms${scikitLearn === undefined ? ' (scikit-learn not found: set PYTHON)' : ''}`,
    ours: fitMs / FITS,
    limit: { most: 10 },
    theirs: scikitLearn,
  })
  for (const model of models) {
    const rows = stream.slice(0, 10_000).map((row, index) => {
      const timestamp = timestampKey(index * model.cadence)
      return { series: model.series, timestamp, ...row, predictions: {} }
    })
    const rowMs =
      bestOfFive(() => {
        let state = newOnlineState(model.series, { version: null, takenBefore: 0 })
        for (const row of rows) ({ state } = learnRows(state, [row], model))
      }) / rows.length
    line({ name: `${model.algorithm}: a row, ms`, ours: rowMs, limit: { most: 0.05 } })
    line({
      name: `${model.algorithm}: rows a second`,
      ours: 1_000 / rowMs,
      limit: { least: 10_000 },
    })
  }
}

/** Milliseconds of this thread's processor. Its clock is coarse on some machines: what is run should take long. */
function bestOfFive(run: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const start = process.threadCpuUsage()
    run()
    const { user, system } = process.threadCpuUsage(start)
    return (user + system) / 1_000
  })
  return Math.min(...times)
}
