import { RetryableError } from '../lib/errors.ts'
import type { OutgoingEvent } from '../lib/events.ts'
import type { Evaluation } from '../lib/models/evaluation-document.ts'
import { evaluationId } from '../lib/models/serving-pointers.ts'
import type { Events } from '../lib/ports/events.ts'
import type { Log } from '../lib/ports/log.ts'
import type { States } from '../lib/ports/states.ts'
import type { SeriesRules } from './evaluate.ts'
import { opened } from './opened.ts'

interface Needs {
  states: States
  events: Events
  log: Log
}

/** What becomes of an evaluation; not all was done (`isAll`) when there is so much that it is to be written first. */
export interface Changed {
  evaluation: Evaluation
  isAll: boolean
}

const TRIES = 5

/**
 * Replaces the evaluation of a series by what `change` makes of it, and publishes what is in its outbox then.
 *
 * Who loses the race against another writer reads again and redoes the change. What `change` gives back as it was is
 * not written. The outbox is stored with the change, published, and emptied; who finds one that was not emptied
 * publishes it again, so that nothing is lost when a process ends in between.
 */
export async function changeEvaluation(
  { states, events, log }: Needs,
  rules: SeriesRules,
  toPublish: (rows: readonly Record<string, unknown>[]) => OutgoingEvent[],
  change: (before: Evaluation) => Promise<Changed>,
): Promise<Changed> {
  const { series } = rules
  const id = evaluationId(series)
  for (let tries = 0; tries < TRIES; tries += 1) {
    const state = await states.get(id)
    const { evaluation: stored, isRepaired } = opened(log, rules, state?.document)
    const revision = state?.revision ?? 0
    const isLeft = stored.outbox.length > 0
    if (isLeft) await events.publish(toPublish(stored.outbox))
    const before = isLeft ? { ...stored, outbox: [] } : stored
    const changed = await change(before)
    const after = changed.evaluation
    if (after === before && !isLeft && !isRepaired) return changed
    if (!(await states.put(id, { ...after }, revision))) continue
    if (after.outbox.length === 0) return changed
    await events.publish(toPublish(after.outbox))
    await states.put(id, { ...after, outbox: [] }, revision + 1)
    return changed
  }
  throw new RetryableError(
    `the evaluation of ${series} was changed by others ${TRIES} times in succession`,
  )
}
