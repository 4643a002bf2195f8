import { RejectedError } from '../lib/errors.ts'
import { outgoing, rejectedEvents } from '../lib/events.ts'
import type { IncomingEvent } from '../lib/events.ts'
import type { Events } from '../lib/ports/events.ts'
import type { Scores } from '../lib/ports/scores.ts'
import { parseStoredRows, requireGoodRows } from '../lib/row-events.ts'
import { score } from './score.ts'

interface Needs {
  scores: Scores
  events: Events
}

/** Stores, then publishes, the errors of the rows that have both a target and predictions. */
export const onStoredRows =
  ({ scores, events }: Needs) =>
  async (event: IncomingEvent): Promise<void> => {
    if (event.type !== 'dev.nowcast.row') {
      throw new RejectedError(
        'type-unknown',
        `type "${event.type.slice(0, 80)}" is not scored: send dev.nowcast.row`,
      )
    }
    const { good, rejections } = parseStoredRows(event)
    requireGoodRows(good, rejections)
    const scored = good.map(score)
    const errors = scored.flatMap((row) => row.scores)
    const refused = [...rejections, ...scored.flatMap((row) => row.rejections)]
    await scores.put(errors)
    await events.publish([
      ...outgoing('dev.nowcast.error', errors, event),
      ...rejectedEvents('score', refused, event),
    ])
  }
