import type { LearningRow } from '../../../functions/lib/models/online-learner.ts'
import type { Lines } from './lines.ts'
import { fitWindow, runGramRidge, runRls } from './prequential.ts'
import { timeScikitLearn } from './scikit-learn.ts'
import { FEATURES } from './seed-stream.ts'

/**
 * What learning costs on this machine: the median of 50 fits, the best of five runs of 10,000 rows, each row a call.
 */
export function benchCost({ line }: Lines, stream: readonly LearningRow[]): void {
  const window = stream.slice(0, 300)
  const fits = Array.from({ length: 50 }, () => {
    const start = performance.now()
    fitWindow(window)
    return performance.now() - start
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
    const seconds = Math.min(...Array.from({ length: 5 }, () => run(rows).seconds)) / rows.length
    line({ name: `${name}: a row, ms`, ours: 1_000 * seconds, limit: { most: 0.05 } })
    line({ name: `${name}: rows a second`, ours: 1 / seconds, limit: { least: 10_000 } })
  }
}
