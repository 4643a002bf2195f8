import type { Prediction } from '../lib/events.ts'
import { predictModel } from '../lib/models/model-body.ts'
import type { Model } from '../lib/models/model-body.ts'

/** What decides whether a version may see a row. */
export interface Candidate {
  version: number
  trainedThrough: string
}

/**
 * The versions that may predict a row, newest first: those that had learnt nothing of the row's time or later, so that
 * neither a backlog nor a replay can leak a label into a score.
 */
export function servableFor<C extends Candidate>(
  newestFirst: readonly C[],
  timestamp: string,
): C[] {
  return newestFirst.filter(({ trainedThrough }) => trainedThrough < timestamp)
}

/** What a version says of a row, as it is published; undefined when it has nothing to say. */
export function predict(
  { version, trainedThrough }: Candidate,
  model: Model,
  features: Readonly<Record<string, number>>,
  { missing, champion }: { missing: 'zero' | 'refuse'; champion: boolean },
): Prediction | undefined {
  const outcome = predictModel(model, features, missing)
  if (outcome.kind !== 'predicted') return undefined
  const { prediction } = outcome
  return {
    prediction,
    version,
    lower: null,
    upper: null,
    level: null,
    trainedThrough,
    champion,
  }
}
