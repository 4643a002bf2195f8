import type { LearningRow } from '../../../functions/lib/models/online-learner.ts'
import { coverageOf } from './coverage.ts'
import type { Lines } from './lines.ts'
import type { ModelRun } from './pipeline.ts'
import { driftFigures, seedFigures } from './seed-figures.ts'

const SECONDS_AN_HOUR = 3_600
const FEWER_THAN_ONE = 0.99

const hours = (rows: readonly LearningRow[]): number => rows.length / SECONDS_AN_HOUR

/** Errors on the seed's stream beside the lines, and beside the errors of the seed system. */
export function benchErrors({ line }: Lines, errors: readonly number[], theirs: number[]): void {
  const ours = seedFigures(errors)
  const seed = seedFigures(theirs)
  line({
    name: 'MSE from 300 rows after a redraw, worst block of 60',
    ours: ours.settled,
    limit: { most: 0.0108 },
    theirs: seed.settled,
  })
  line({
    name: 'rows until recovered, median',
    ours: ours.recovery.median,
    limit: { most: 60 },
    theirs: seed.recovery.median,
  })
  line({
    name: 'rows until recovered, worst of 100',
    ours: ours.recovery.worst,
    limit: { most: 60 },
    theirs: seed.recovery.worst,
  })
  line({ name: 'MSE overall', ours: ours.overall, limit: { most: 200 }, theirs: seed.overall })
}

/** The drifts that evaluate finds in a model's errors, on the seed's stream and on one without redraws. */
export function benchDrifts(
  { line }: Lines,
  runs: { live: ModelRun; quiet: ModelRun },
  on: { stream: readonly LearningRow[]; quiet: readonly LearningRow[] },
): void {
  const { slowest, elsewhere } = driftFigures(runs.live.drifts, on.stream.length)
  line({ name: 'rows from a redraw to a drift event, worst', ours: slowest, limit: { most: 60 } })
  line({
    name: 'drift events elsewhere, an hour',
    ours: elsewhere / hours(on.stream),
    limit: { most: FEWER_THAN_ONE },
  })
  line({
    name: 'drift events in ten hours without a redraw, an hour',
    ours: runs.quiet.drifts.length / hours(on.quiet),
    limit: { most: FEWER_THAN_ONE },
  })
}

/** What the published 90 % intervals hold. */
export function benchIntervals({ line }: Lines, { held }: Pick<ModelRun, 'held'>, of = ''): void {
  const coverage = coverageOf(held.filter((one) => one !== undefined))
  if (coverage === undefined) return
  const name = `${of}90 % intervals hold`
  line({ name, ours: coverage.overall, limit: { least: 0.88, most: 0.92 } })
  line({ name: `${name}, worst 500 rows`, ours: coverage.worst, limit: { least: 0.75 } })
}
