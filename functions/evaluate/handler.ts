import { RejectedError, RetryableError } from '../lib/errors.ts'
import type { IncomingEvent } from '../lib/events.ts'
import type { ErrorMetrics } from '../lib/models/error-metrics.ts'
import {
  evaluationId,
  newServingPointers,
  parseServingPointers,
} from '../lib/models/serving-pointers.ts'
import type { DeclaredModel } from '../lib/ports/declared-models.ts'
import type { Events } from '../lib/ports/events.ts'
import type { Log } from '../lib/ports/log.ts'
import type { Models } from '../lib/ports/models.ts'
import type { Rows } from '../lib/ports/rows.ts'
import type { Scores } from '../lib/ports/scores.ts'
import type { States } from '../lib/ports/states.ts'
import { parseScoreKeys, requireGoodRows } from '../lib/row-events.ts'
import { countScores } from './evaluate.ts'

interface Needs {
  declared: readonly DeclaredModel[]
  rows: Rows
  scores: Scores
  models: Models
  states: States
  events: Events
  log: Log
}

/** Counts the scores of each series that an event names, from the first that was not counted. */
export const onEvaluationEvent =
  ({ scores, states }: Needs) =>
  async (event: IncomingEvent): Promise<void> => {
    if (event.type !== 'dev.nowcast.error') {
      throw new RejectedError(
        'type-unknown',
        `type "${event.type.slice(0, 80)}" is not evaluated: send dev.nowcast.error`,
      )
    }
    const { good, rejections } = parseScoreKeys(event)
    requireGoodRows(good, rejections)
    for (const series of new Set(good.map((key) => key.series))) {
      const id = evaluationId(series)
      const state = await states.get(id)
      const serving =
        state === undefined ? newServingPointers() : parseServingPointers(state.document)
      const next = await scores.after(series, serving.through, 1_000)
      const last = next.at(-1)
      if (last === undefined) continue
      const metrics: Record<string, ErrorMetrics> = countScores({}, next)
      const document = { serving: { ...serving, through: last.timestamp }, metrics }
      if (!(await states.put(id, document, state?.revision ?? 0))) {
        throw new RetryableError(
          `the evaluation of ${series} changed meanwhile: deliver the event again`,
        )
      }
    }
  }
