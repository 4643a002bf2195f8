import { learnGramRidge, newGramRidge } from '../../../functions/lib/models/gram-ridge.ts'
import type { Learnt, LearningRow } from '../../../functions/lib/models/online-learner.ts'
import { learnRls, newRls } from '../../../functions/lib/models/recursive-least-squares.ts'
import { fitRidgeCv } from '../../../functions/lib/models/ridge-cv.ts'
import { FEATURES, REGIME } from './seed-stream.ts'

/** What a learner said of a stream before it learnt each row: errors are target minus prediction. */
export interface Run {
  errors: number[]
  /** Indexes of the rows at which the learner found the relation changed. */
  jumps: number[]
}

/** Row by row, each one call, as `train` learns on a live stream. */
export function runRls(stream: readonly LearningRow[]): Run {
  let state = newRls(FEATURES, { jump: { threshold: 8, confirm: 1 } })
  return run(stream, (row) => {
    const learnt = learnRls(state, [row])
    state = learnt.state
    return learnt.outcomes
  })
}

export function runGramRidge(stream: readonly LearningRow[]): Run {
  let state = newGramRidge(FEATURES, { jump: { threshold: 8, confirm: 1 } })
  return run(stream, (row) => {
    const learnt = learnGramRidge(state, [row])
    state = learnt.state
    return learnt.outcomes
  })
}

/** The seed system: RidgeCV on the last 300 rows, refitted every 60 at once. */
export function runSeedSystem(stream: readonly LearningRow[]): Run {
  let model = { coefficients: FEATURES.map(() => 0), intercept: 0 }
  let index = 0
  return run(stream, ({ features, target }) => {
    if (index % 60 === 0) model = fitWindow(stream.slice(Math.max(0, index - 300), index))
    index += 1
    const prediction = FEATURES.reduce(
      (sum, name, j) => sum + (model.coefficients[j] ?? 0) * (features[name] ?? 0),
      model.intercept,
    )
    return [{ kind: 'learnt', error: target - prediction, jumped: false }]
  })
}

/** The seed system's model of a window of rows. */
export function fitWindow(window: readonly LearningRow[]): ReturnType<typeof fitRidgeCv> {
  const columns = FEATURES.map((name) =>
    Float64Array.from(window, ({ features }) => features[name] ?? 0),
  )
  return fitRidgeCv(
    columns,
    Float64Array.from(window, ({ target }) => target),
  )
}

function run(stream: readonly LearningRow[], learn: (row: LearningRow) => Learnt[]): Run {
  const errors: number[] = []
  const jumps: number[] = []
  for (const [index, row] of stream.entries()) {
    for (const outcome of learn(row)) {
      if (outcome.kind !== 'learnt') throw new Error(`row ${index} was not learnt: ${outcome.kind}`)
      errors.push(outcome.error)
      if (outcome.jumped) jumps.push(index)
    }
  }
  return { errors, jumps }
}

export interface SeedFigures {
  /** Mean squared errors after the first regime. */
  overall: number
  /** The largest mean of any of the five blocks of 60 rows from 300 rows after a redraw on, each over all regimes. */
  settled: number
  /**
   * Rows after a redraw until the mean of the last 20 squared errors is below 0.1: median and worst over the regimes.
   */
  recovery: { median: number; worst: number }
}

/** The figures of a run over the seed's stream; its first regime has no redraw and does not count. */
export function seedFigures({ errors }: Run): SeedFigures {
  const squared = errors.slice(REGIME).map((error) => error ** 2)
  const regimes = squared.length / REGIME
  const blocks = [300, 360, 420, 480, 540].map((from) =>
    mean(squared.filter((_, index) => index % REGIME >= from && index % REGIME < from + 60)),
  )
  const recoveries = Array.from({ length: regimes }, (_, regime) =>
    recovered(squared.slice(regime * REGIME, (regime + 1) * REGIME)),
  ).toSorted((a, b) => a - b)
  return {
    overall: mean(squared),
    settled: Math.max(...blocks),
    recovery: {
      median: recoveries[regimes >> 1] ?? Infinity,
      worst: recoveries.at(-1) ?? Infinity,
    },
  }
}

function recovered(squared: readonly number[]): number {
  for (let end = 20; end <= squared.length; end += 1) {
    if (mean(squared.slice(end - 20, end)) < 0.1) return end
  }
  return Infinity
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
