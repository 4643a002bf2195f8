import type { Database } from '../../../functions/lib/connect.ts'
import { liveModelId } from '../../../functions/lib/models/live-model.ts'
import { newRls } from '../../../functions/lib/models/recursive-least-squares.ts'
import { evaluationId, newServingPointers } from '../../../functions/lib/models/serving-pointers.ts'
import type { ServingPointers } from '../../../functions/lib/models/serving-pointers.ts'
import { at } from '../../support/workbench.ts'

/** A linear function, by feature. */
type Slopes = Readonly<Record<string, number>>

/** Registers the next version of a model, which predicts `intercept` plus the slopes times the features. */
export async function register(
  { models }: Database,
  {
    name = 'm',
    slopes,
    intercept = 0,
    trainedThrough = at(0),
    body,
  }: {
    name?: string
    slopes: Slopes
    intercept?: number
    trainedThrough?: string
    body?: string
  },
): Promise<void> {
  const model = {
    algorithm: 'ridgecv',
    features: Object.keys(slopes),
    coefficients: Object.values(slopes),
    intercept,
    alpha: 0.1,
    looError: 0,
    r2: 1,
    rows: 10,
    window: { from: at(0), through: trainedThrough },
  }
  await models.register({
    name,
    trigger: `tick:${JSON.stringify([slopes, intercept, trainedThrough])}`,
    description: 'ridgeCV 2026-01-01T00:00:00.000Z',
    score: 0.5,
    trainedThrough,
    body: body ?? JSON.stringify(model),
  })
}

/** Stores an online model's state, as train would; without slopes it has learnt nothing. */
export async function putLive(
  { states }: Database,
  {
    name = 'm',
    slopes,
    learntThrough = null,
    version = null,
  }: {
    name?: string
    slopes?: Slopes
    learntThrough?: string | null
    version?: number | null
  },
): Promise<void> {
  const learner =
    slopes === undefined
      ? null
      : { ...newRls(Object.keys(slopes)), coefficients: [0, ...Object.values(slopes)] }
  await put({ states }, liveModelId(name), { learntThrough, version, learner })
}

/** Stores what evaluate has decided of a series. */
export async function putPointers(
  { states }: Pick<Database, 'states'>,
  pointers: Partial<ServingPointers>,
  series = 'mltest',
): Promise<void> {
  const serving = { ...newServingPointers(), ...pointers }
  await put({ states }, evaluationId(series), { serving, ofEvaluateAlone: true })
}

/** Replaces a state document. */
export async function put(
  { states }: Pick<Database, 'states'>,
  id: string,
  document: Readonly<Record<string, unknown>>,
): Promise<void> {
  const stored = await states.get(id)
  if (!(await states.put(id, document, stored?.revision ?? 0))) throw new Error(`${id} has changed`)
}
