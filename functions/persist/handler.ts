import { RejectedError } from '../lib/errors.ts'
import { outgoing, rejectedEvents } from '../lib/events.ts'
import type { IncomingEvent } from '../lib/events.ts'
import type { Events } from '../lib/ports/events.ts'
import type { Rows } from '../lib/ports/rows.ts'
import { causeOf, parseRows, requireGoodRows } from '../lib/row-events.ts'
import { completedRows, overfull } from './persist.ts'

interface Needs {
  rows: Rows
  events: Events
}

/**
 * Merges features, targets and predictions into the stored rows, then publishes the rows that have a target, as they
 * are stored. Whichever of target and prediction comes last thereby completes the row. Rows that cannot be read are
 * published as rejected; they do not stop the others.
 */
export const onRows =
  ({ rows, events }: Needs) =>
  async (event: IncomingEvent): Promise<void> => {
    const cause = causeOf(event)
    if (cause === undefined) {
      throw new RejectedError(
        'type-unknown',
        `type "${event.type.slice(0, 80)}" holds no rows: send dev.nowcast.features, .target or .prediction, or a record with that key`,
      )
    }
    const { patches, rejections } = parseRows(event, cause)
    requireGoodRows(patches, rejections)
    const merged = await rows.merge(patches)
    const stored = merged.filter((row) => row !== undefined)
    const refused = [...rejections, ...overfull(patches, merged)]
    requireGoodRows(stored, refused)
    await events.publish([
      ...outgoing('dev.nowcast.row', completedRows(stored, cause), event),
      ...rejectedEvents('persist', refused, event),
    ])
  }
