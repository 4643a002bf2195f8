import { newLossWatch, watchLoss } from '../../../functions/lib/models/loss-watch.ts'
import type { Detector } from '../../../functions/lib/models/loss-watch.ts'
import { REGIME } from './seed-stream.ts'

/** Indexes of the losses at which a watch on the errors of a model gives an alarm. */
export function watchMarks(errors: readonly number[], detector: Detector): number[] {
  let state = newLossWatch(detector)
  const marks: number[] = []
  for (const error of errors) {
    const { state: after, alarm } = watchLoss(state, Math.abs(error))
    state = after
    if (alarm !== undefined) marks.push(alarm.index)
  }
  return marks
}

export interface MarkFigures {
  /** The longest way from a redraw to the first mark after it, in rows; infinite when one was never marked. */
  slowest: number
  /** Marks that are not within 60 rows after a redraw. */
  elsewhere: number
}

/** How marks lie to the redraws of the seed's stream, of which the first is at row 600. */
export function markFigures(marks: readonly number[], rows: number): MarkFigures {
  const delays = Array.from({ length: rows / REGIME - 1 }, (_, index) => {
    const redraw = (index + 1) * REGIME
    const mark = marks.find((at) => at >= redraw && at < redraw + REGIME)
    return mark === undefined ? Infinity : mark - redraw
  })
  return {
    slowest: Math.max(...delays),
    elsewhere: marks.filter((at) => at < REGIME || at % REGIME >= 60).length,
  }
}
