import type { LearningRow } from '../../../functions/lib/models/online-learner.ts'
import { coverageOf } from './coverage.ts'
import { markFigures, watchMarks } from './drift-marks.ts'
import type { Lines } from './lines.ts'
import { seedFigures } from './prequential.ts'
import type { Run } from './prequential.ts'

const SECONDS_AN_HOUR = 3_600
const FEWER_THAN_ONE = 0.99

const hours = (rows: readonly LearningRow[]): number => rows.length / SECONDS_AN_HOUR

/** The lines of a learner on the seed's stream, on one without redraws, and of the seed system's run. */
export function benchLearner(
  { line }: Lines,
  run: (stream: readonly LearningRow[]) => Run,
  on: { stream: readonly LearningRow[]; quiet: readonly LearningRow[]; seed: Run },
): void {
  const live = run(on.stream)
  const ours = seedFigures(live)
  const seed = seedFigures(on.seed)
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

  const undisturbed = run(on.quiet)
  const marks = [
    { by: 'jump test', found: live.jumps, falsely: undisturbed.jumps },
    ...(['page-hinkley', 'adwin'] as const).map((detector) => ({
      by: detector,
      found: watchMarks(live.errors, detector),
      falsely: watchMarks(undisturbed.errors, detector),
    })),
  ]
  for (const { by, found, falsely } of marks) {
    const { slowest, elsewhere } = markFigures(found, on.stream.length)
    line({ name: `${by}: rows from redraw to mark, worst`, ours: slowest, limit: { most: 60 } })
    line({
      name: `${by}: marks elsewhere, an hour`,
      ours: elsewhere / hours(on.stream),
      limit: { most: FEWER_THAN_ONE },
    })
    line({
      name: `${by}: marks without a redraw, an hour`,
      ours: falsely.length / hours(on.quiet),
      limit: { most: FEWER_THAN_ONE },
    })
  }
  const forecasts = on.stream.map(({ target }, index) => ({
    target,
    prediction: target - (live.errors[index] ?? Number.NaN),
  }))
  const { overall, worst } = coverageOf(forecasts, 1)
  line({ name: '90 % intervals hold', ours: overall, limit: { least: 0.88, most: 0.92 } })
  line({ name: '90 % intervals hold, worst 500 rows', ours: worst, limit: { least: 0.75 } })
}

/** Whether a watch finds the redraws in the errors of a model that takes minutes to learn them. */
export function benchWatchedSeed({ line }: Lines, seed: Run, rows: number): void {
  for (const detector of ['page-hinkley', 'adwin'] as const) {
    const { slowest } = markFigures(watchMarks(seed.errors, detector), rows)
    line({
      name: `${detector}: rows from redraw to mark, worst`,
      ours: slowest,
      limit: { most: 60 },
    })
  }
}
