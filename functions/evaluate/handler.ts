import { RejectedError } from '../lib/errors.ts'
import { outgoing, rejectedEvents } from '../lib/events.ts'
import type { IncomingEvent, OutgoingEvent } from '../lib/events.ts'
import { isBatch } from '../lib/ports/declared-models.ts'
import type { DeclaredModel } from '../lib/ports/declared-models.ts'
import type { Events } from '../lib/ports/events.ts'
import type { Log } from '../lib/ports/log.ts'
import type { Models } from '../lib/ports/models.ts'
import type { Rows } from '../lib/ports/rows.ts'
import type { Scores } from '../lib/ports/scores.ts'
import type { States } from '../lib/ports/states.ts'
import { parseScoreKeys, requireGoodRows } from '../lib/row-events.ts'
import { caughtUp } from './catch-up.ts'
import { obeyed, parseCommand } from './commands.ts'
import type { SeriesRules } from './evaluate.ts'
import { changeEvaluation } from './evaluation-states.ts'
import type { Bodies } from './predecessors.ts'

interface Needs {
  declared: readonly DeclaredModel[]
  rows: Rows
  scores: Scores
  models: Models
  states: States
  events: Events
  log: Log
}

/** More than the registry keeps of a name. */
const MAX_VERSIONS = 200
/** Of a series without a declared model. */
const CADENCE = 1_000
const GRACE = 30_000

/**
 * Keeps the evaluation of each series: takes the scores that are stored, in order of their rows, whenever an event
 * says that there are new ones, and obeys commands about models. Publishes what happened to models.
 */
export const onEvaluationEvent = (needs: Needs): ((event: IncomingEvent) => Promise<void>) => {
  const bodies: Bodies = new Map()
  return async (event) => {
    switch (event.type) {
      case 'dev.nowcast.error':
        return onScores(needs, bodies, event)
      case 'dev.nowcast.command':
        return onCommand(needs, event)
      default:
        throw new RejectedError(
          'type-unknown',
          `type "${event.type.slice(0, 80)}" is not evaluated: send dev.nowcast.error or dev.nowcast.command`,
        )
    }
  }
}

async function onScores(needs: Needs, bodies: Bodies, event: IncomingEvent): Promise<void> {
  const { good, rejections } = parseScoreKeys(event)
  requireGoodRows(good, rejections)
  for (const [series, hints] of Map.groupBy(good, (key) => key.series)) {
    const rules = rulesOf(needs.declared, series)
    let isAll = false
    while (!isAll) {
      const changed = await changeEvaluation(needs, rules, publication(series, event), (before) =>
        caughtUp({ ...needs, bodies }, before, rules, hints),
      )
      isAll = changed.isAll
    }
  }
  await needs.events.publish(rejectedEvents('evaluate', rejections, event))
}

async function onCommand(needs: Needs, event: IncomingEvent): Promise<void> {
  const { declared, models } = needs
  const command = parseCommand(`${event.source} ${event.id}`, event.data)
  const declaration = declared.find(({ name }) => name === command.name)
  if (declaration === undefined) {
    const names = declared.map(({ name }) => name).join(', ')
    throw new RejectedError(
      'model-unknown',
      `no model "${command.name.slice(0, 80)}" is declared: there are ${names}`,
    )
  }
  const { series, name } = declaration
  const rules = rulesOf(declared, series)
  const versions = await models.list({ name, limit: MAX_VERSIONS })
  await changeEvaluation(needs, rules, publication(series, event), async (before) => {
    return { evaluation: obeyed(before, command, rules, versions), isAll: true }
  })
}

function publication(
  series: string,
  event: IncomingEvent,
): (rows: readonly Record<string, unknown>[]) => OutgoingEvent[] {
  return (rows) =>
    outgoing(
      'dev.nowcast.model',
      rows.map((row) => ({ ...row, series })),
      event,
    )
}

function rulesOf(declared: readonly DeclaredModel[], series: string): SeriesRules {
  const own = declared.filter((model) => model.series === series)
  const [first] = own
  return {
    series,
    models: own.map((model) => {
      return { name: model.name, isBatch: isBatch(model), missing: model.missing }
    }),
    cadence: first?.cadence ?? CADENCE,
    grace: first?.grace ?? GRACE,
    season: first?.season ?? null,
  }
}
