import process from 'node:process'

import type { LearningRow } from '../../../functions/lib/models/online-learner.ts'
import type { Lines } from './lines.ts'
import { fitWindow, runGramRidge, runRls } from './prequential.ts'
import { timeScikitLearn } from './scikit-learn.ts'
import { FEATURES } from './seed-stream.ts'

/**
 * What learning costs on this machine: the median of 50 fits, the best of five runs of 10,000 rows, each row a call.
 * It is the processor time of the one thread, so that what else the machine does costs nothing here.
 */
export function benchCost({ line }: Lines, stream: readonly LearningRow[]): void {
  const window = stream.slice(0, 300)
  const fits = Array.from({ length: 50 }, () => {
    const start = process.threadCpuUsage()
    fitWindow(window)
    return cpuMs(start)
  })
  const scikitLearn = timeScikitLearn(
    window.map(({ features, target }) => [...FEATURES.map((name) => features[name] ?? 0), target]),
  )
  line({
    name: `RidgeCV on 300 x 10, ms${scikitLearn === undefined ? ' (scikit-learn not found: set PYTHON)' : ''}`,
    ours: fits.toSorted((a, b) => a - b)[25] ?? Number.NaN,
    limit: { most: 10 },
    theirs: scikitLearn,
  })
  const rows = stream.slice(0, 10_000)
  for (const [name, run] of [
    ['RLS', runRls],
    ['Gram ridge', runGramRidge],
  ] as const) {
    const times = Array.from({ length: 5 }, () => {
      const start = process.threadCpuUsage()
      run(rows)
      return cpuMs(start)
    })
    const rowMs = Math.min(...times) / rows.length
    line({ name: `${name}: a row, ms`, ours: rowMs, limit: { most: 0.05 } })
    line({ name: `${name}: rows a second`, ours: 1_000 / rowMs, limit: { least: 10_000 } })
  }
}

function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(start)
  return (user + system) / 1_000
}
