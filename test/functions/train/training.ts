import type { IncomingEvent, Prediction, StoredRow } from '../../../functions/lib/events.ts'
import { liveModelId } from '../../../functions/lib/models/live-model.ts'
import type { LearningRow } from '../../../functions/lib/models/online-learner.ts'
import type { DeclaredModel } from '../../../functions/lib/ports/declared-models.ts'
import { onEvent } from '../../../functions/train/handler.ts'
import { parseOnlineState } from '../../../functions/train/online-state.ts'
import type { OnlineState } from '../../../functions/train/online-state.ts'
import { at, event, openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'

/** A train function on a workbench, its events by their kind. */
export interface Training {
  readonly bench: Workbench
  /** What it has said in its log, with the level before it. */
  readonly facts: string[]
  /** Handles an event with these models declared. */
  handle(incoming: IncomingEvent, declared?: readonly DeclaredModel[]): Promise<void>
  /** Stores rows, then tells of each in an event of its own. */
  send(rows: readonly StoredRow[]): Promise<void>
  online(name?: string): Promise<OnlineState>
  versions(name: string): Promise<{ version: number; trigger: string; trainedThrough: string }[]>
  body(name: string, version: number): Promise<unknown>
}

export async function openTraining(declared: readonly DeclaredModel[]): Promise<Training> {
  const bench = await openWorkbench()
  const { database, events } = bench
  const facts: string[] = []
  const log = (level: string, fact: string): void => void facts.push(`${level}: ${fact}`)
  const handle = (incoming: IncomingEvent, models = declared): Promise<void> =>
    onEvent({ ...database, declared: models, events, log })(incoming)
  return {
    bench,
    facts,
    handle,
    async send(rows) {
      for (const row of rows) {
        await database.rows.merge([row])
        await handle(rowEvent(row))
      }
    },
    async online(name = 'online') {
      return parseOnlineState((await database.states.get(liveModelId(name)))?.document)
    },
    async versions(name) {
      const newestFirst = await database.models.list({ name, limit: 100 })
      return newestFirst.toReversed().map(({ version, trigger, trainedThrough }) => ({
        version,
        trigger,
        trainedThrough,
      }))
    },
    async body(name, version) {
      return JSON.parse((await database.models.load(name, version)) ?? 'null')
    },
  }
}

const SAID: Prediction = {
  prediction: 0,
  version: 0,
  lower: null,
  upper: null,
  level: null,
  trainedThrough: null,
  champion: true,
}

/** A complete row at a second, predicted by the models named. */
export function storedRow(
  second: number,
  { features, target }: LearningRow,
  predictedBy: readonly string[] = ['online'],
): StoredRow {
  return {
    series: 'mltest',
    timestamp: at(second),
    features: { ...features },
    target,
    predictions: Object.fromEntries(predictedBy.map((name) => [name, SAID])),
  }
}

/** Rows one second after the other from `first` on. */
export function storedRows(rows: readonly LearningRow[], first = 0): StoredRow[] {
  return rows.map((row, index) => storedRow(first + index, row))
}

export function rowEvent(...rows: StoredRow[]): IncomingEvent {
  return event('dev.nowcast.row', { rows: rows.map((row) => ({ ...row, cause: 'target' })) })
}

export function tickEvent(second: number): IncomingEvent {
  return event('dev.knative.sources.ping', undefined, { time: at(second) })
}

export function driftEvent(name: string, second: number, since: number): IncomingEvent {
  const drift = { timestamp: at(second), name, version: 0, kind: 'drift', since: at(since) }
  const rows = [{ ...drift, id: `drift:${name}:${at(second)}`, detector: 'page-hinkley' }]
  return event('dev.nowcast.model', { rows }, { subject: 'mltest' })
}

export function commandEvent(name: string, id = 'by-hand'): IncomingEvent {
  return event('dev.nowcast.command', { name, action: 'train' }, { id })
}

/** Rows of y = 3 + 2a - b and a little more, without chance. */
export function plainRows(count: number, from = 0): LearningRow[] {
  return Array.from({ length: count }, (_, offset) => {
    const index = from + offset
    const a = Math.sin(index * index)
    const b = Math.cos(3 * index * index)
    return { features: { a, b }, target: 3 + 2 * a - b + 0.01 * Math.sin(7 * index) }
  })
}
