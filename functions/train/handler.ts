import { RejectedError } from '../lib/errors.ts'
import { outgoing, rejectedEvents } from '../lib/events.ts'
import type { IncomingEvent } from '../lib/events.ts'
import { isBatch } from '../lib/ports/declared-models.ts'
import type { DeclaredModel } from '../lib/ports/declared-models.ts'
import type { Events } from '../lib/ports/events.ts'
import type { Log } from '../lib/ports/log.ts'
import type { Models } from '../lib/ports/models.ts'
import type { Rows } from '../lib/ports/rows.ts'
import type { States } from '../lib/ports/states.ts'
import { parseStoredRows, requireGoodRows } from '../lib/row-events.ts'
import { batchCommand, batchDrift, batchRows, batchTick } from './batch.ts'
import { startFit } from './fit.ts'
import type { Fit } from './fit.ts'
import { learnTask, snapshotCommand, snapshotDrift, snapshotTick } from './online-training.ts'
import { trainedRow } from './registry.ts'
import { commandOf, driftsOf, tickOf } from './requests.ts'
import type { Drift } from './requests.ts'
import { settle } from './settle.ts'
import type { Task } from './settle.ts'

interface Needs {
  declared: readonly DeclaredModel[]
  rows: Rows
  models: Models
  states: States
  events: Events
  log: Log
}

/** What is there as long as the handler is. */
interface Started extends Needs {
  fit: Fit
}

/**
 * Lets online models learn the rows that are stored, and makes versions: on a tick, on a drift, every so many rows, on
 * a command, and of an online model when it has learnt what follows a jump. Each trigger makes at most one version, and
 * what it makes is published.
 */
export const onEvent = (given: Needs): ((event: IncomingEvent) => Promise<void>) => {
  const needs: Started = { ...given, fit: startFit(given.log) }
  return async (event) => {
    switch (event.type) {
      case 'dev.knative.sources.ping':
        return onTick(needs, event)
      case 'dev.nowcast.row':
        return onStoredRows(needs, event)
      case 'dev.nowcast.model':
        return onModels(needs, event)
      case 'dev.nowcast.command':
        return onCommand(needs, event)
      default:
        throw new RejectedError(
          'type-unknown',
          `type "${event.type.slice(0, 80)}" trains nothing: send a dev.knative.sources.ping with a time, a dev.nowcast.row, .model or .command`,
        )
    }
  }
}

async function onTick(needs: Started, event: IncomingEvent): Promise<void> {
  const trigger = tickOf(event)
  const tasks = needs.declared
    .filter(({ triggers }) => triggers.tick)
    .map((declaration) =>
      isBatch(declaration)
        ? batchTick(needs, declaration, trigger)
        : snapshotTick(needs, declaration, trigger),
    )
  await settleAll(needs, tasks, event)
}

async function onStoredRows(needs: Started, event: IncomingEvent): Promise<void> {
  const { good, rejections } = parseStoredRows(event)
  requireGoodRows(good, rejections)
  const tasks = needs.declared.flatMap((declaration) => {
    const arrived = good.filter(({ series }) => series === declaration.series)
    if (arrived.length === 0) return []
    return isBatch(declaration)
      ? (batchRows(needs, declaration, arrived) ?? [])
      : learnTask(needs, declaration, arrived)
  })
  await settleAll(needs, tasks, event)
  await needs.events.publish(rejectedEvents('train', rejections, event))
}

async function onModels(needs: Started, event: IncomingEvent): Promise<void> {
  const { drifts, rejections } = driftsOf(event, needs.declared)
  const tasks: Task[] = []
  for (const drift of drifts) {
    if (!(await isNearStoredRows(needs, drift))) continue
    const { declaration } = drift
    tasks.push(
      isBatch(declaration)
        ? batchDrift(needs, declaration, drift)
        : snapshotDrift(needs, declaration, drift),
    )
  }
  await settleAll(needs, tasks, event)
  await needs.events.publish(rejectedEvents('train', rejections, event))
}

async function onCommand(needs: Started, event: IncomingEvent): Promise<void> {
  const { declaration, trigger } = commandOf(event, needs.declared)
  const task = isBatch(declaration)
    ? batchCommand(needs, declaration, trigger)
    : snapshotCommand(needs, declaration, trigger)
  await settleAll(needs, [task], event)
}

/**
 * A drift from long after all rows, or of one with a date in the far future, would end all windows, and hide every later
 * drift. Its row may be on its way for the grace: what tells of the drift and what stores the row come by different
 * topics.
 */
async function isNearStoredRows(
  { rows, log }: Needs,
  { declaration: { name, series, grace }, timestamp }: Drift,
): Promise<boolean> {
  const about = { series, model: name, timestamp }
  const time = Date.parse(timestamp)
  const newest = await rows.newestComplete(series)
  if (newest === undefined || time > Date.parse(newest) + grace) {
    log('warn', 'drift ignored: the series has no complete row near its time', about)
    return false
  }
  const [before] = await rows.window(series, newest, { kind: 'rows', rows: 2 })
  if (before !== undefined && time <= Date.parse(before.timestamp) + grace) return true
  log('warn', 'drift ignored: its row is far ahead of all others', about)
  return false
}

function settleAll(
  { states, events }: Needs,
  tasks: readonly Task[],
  event: IncomingEvent,
): Promise<void> {
  return settle(states, tasks, (versions) =>
    events.publish(outgoing('dev.nowcast.model', versions.map(trainedRow), event)),
  )
}
