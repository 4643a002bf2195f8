import { onEvaluationEvent } from '../../../functions/evaluate/handler.ts'
import type { IncomingEvent, Score } from '../../../functions/lib/events.ts'
import { parseEvaluation } from '../../../functions/lib/models/evaluation-document.ts'
import type { Evaluation } from '../../../functions/lib/models/evaluation-document.ts'
import { evaluationId } from '../../../functions/lib/models/serving-pointers.ts'
import type { DeclaredModel } from '../../../functions/lib/ports/declared-models.ts'
import type { Log } from '../../../functions/lib/ports/log.ts'
import { batchModel, onlineModel } from '../../support/declared.ts'
import { at, event } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'

export const SERIES = 'mltest'

/** What is declared unless a test says otherwise: a batch model, which is champion at first, and an online one. */
export const DECLARED = [batchModel(), onlineModel()]

/** A row's feature, one after the other like chance. */
export function featureOf(second: number): number {
  return 10 * Math.sin(second * second + second)
}

/** What the world adds to twice the feature. */
function noiseOf(second: number): number {
  return 0.1 * Math.sin(second * second * 3 + 1)
}

/** The target at a second, of a world that has `slope`. */
export function targetOf(second: number, slope = 2): number {
  return slope * featureOf(second) + noiseOf(second)
}

/** The score of a prediction of a row. */
export function scoreOf(
  second: number,
  model: string,
  prediction: number,
  { ytrue_: target = targetOf(second), ...rest }: Partial<Score> = {},
): Score {
  return {
    series: SERIES,
    timestamp: at(second),
    model,
    version: 0,
    horizon: 0,
    origin: at(second),
    error: target - prediction,
    ypred_: prediction,
    ytrue_: target,
    lower: null,
    upper: null,
    level: null,
    trainedThrough: at(-1),
    late: false,
    ...rest,
  }
}

/** The event with which score tells of scores. */
export function scoredEvent(scores: readonly Score[]): IncomingEvent {
  return event(
    'dev.nowcast.error',
    { rows: scores.map(({ series: _series, ...row }) => row) },
    { subject: SERIES },
  )
}

/** The handler on a workbench's stores. */
export function evaluateOn(
  { database, events }: Workbench,
  declared: readonly DeclaredModel[] = DECLARED,
  log: Log = () => undefined,
): (incoming: IncomingEvent) => Promise<void> {
  return onEvaluationEvent({ declared, ...database, events, log })
}

/** Stores scores and tells evaluate of them, as score does. */
export async function scored(
  bench: Workbench,
  scores: readonly Score[],
  handle = evaluateOn(bench),
): Promise<void> {
  await bench.database.scores.put(scores)
  await handle(scoredEvent(scores))
}

/** The evaluation as it is stored. */
export async function evaluationIn({ database }: Workbench): Promise<Evaluation> {
  const state = await database.states.get(evaluationId(SERIES))
  return parseEvaluation(state?.document)
}

/** Whole numbers from `from` to before `to`. */
export function seconds(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
