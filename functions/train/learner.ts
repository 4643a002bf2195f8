import {
  forgetRows,
  learnGramRidge,
  linearFormOf,
  newGramRidge,
  withFeatures,
} from '../lib/models/gram-ridge.ts'
import type { Learner } from '../lib/models/live-model.ts'
import type { Learnt, LearningRow, LinearForm } from '../lib/models/online-learner.ts'
import {
  forgetRowsOfRls,
  learnRls,
  linearFormOfRls,
  newRls,
} from '../lib/models/recursive-least-squares.ts'
import type { OnlineModel } from '../lib/ports/declared-models.ts'

/** What a declaration says of its learner. */
type Declared = Pick<OnlineModel, 'algorithm' | 'forgetting' | 'jump'>

/** A learner of the declared kind that has seen nothing. Throws a RangeError where `featuresFault` has one. */
export function newLearner(
  { algorithm, forgetting, jump }: Declared,
  features: readonly string[],
): Learner {
  return algorithm === 'rls'
    ? newRls(features, { forgetting, jump })
    : newGramRidge(features, { forgetting, jump })
}

/** Lets a learner take one row. */
export function learnRow(
  learner: Learner,
  row: LearningRow,
): { learner: Learner; outcome: Learnt } {
  const { state, outcomes } =
    learner.algorithm === 'rls' ? learnRls(learner, [row]) : learnGramRidge(learner, [row])
  const [outcome] = outcomes
  if (outcome === undefined) throw new Error('the learner does not say what became of a row')
  return { learner: state, outcome }
}

/** The learner's present function of the raw features. */
export function formOf(learner: Learner): LinearForm {
  return learner.algorithm === 'rls' ? linearFormOfRls(learner) : linearFormOf(learner)
}

/** The learner as after a jump: it keeps its coefficients and forgets the rows they are of. */
export function forgotten(learner: Learner): Learner {
  return learner.algorithm === 'rls' ? forgetRowsOfRls(learner) : forgetRows(learner)
}

/**
 * The learner with other features: a Gram ridge keeps the coefficients of those that stay, recursive least squares
 * start anew, for their covariance knows nothing of a new one. `row` has the features that are new.
 */
export function refeatured(
  learner: Learner,
  features: readonly string[],
  row: Readonly<Record<string, number>>,
): Learner {
  return learner.algorithm === 'rls'
    ? newRls(features, learner.options)
    : withFeatures(learner, features, row)
}

/** The learner as it is declared now: what it has learnt stays when its forgetting or its jump rule is another one. */
export function redeclared(learner: Learner, { forgetting, jump }: Declared): Learner {
  return learner.algorithm === 'rls'
    ? { ...learner, options: { ...learner.options, forgetting, jump } }
    : { ...learner, options: { ...learner.options, forgetting, jump } }
}
