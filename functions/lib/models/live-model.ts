import { newGramRidge, predictGramRidge } from './gram-ridge.ts'
import type { GramRidge } from './gram-ridge.ts'
import type { Outcome } from './linear-model.ts'
import { newRls, predictRls } from './recursive-least-squares.ts'
import type { Rls } from './recursive-least-squares.ts'
import { isStateLike } from './stored-state.ts'

/** An online learner's state. */
export type Learner = Rls | GramRidge

/** What predictions of an online model are made from: the part of its state document that predict reads. */
export interface LiveModel {
  /** The newest row it has learnt or passed over; null: none. */
  learntThrough: string | null
  /** The newest version that was made of it; null: none yet. */
  version: number | null
  /** Null until the first row is learnt. */
  learner: Learner | null
}

/** The id of a declared model's state document, which train owns. */
export function liveModelId(name: string): string {
  return `model:${name}`
}

/** Reads the live model in a state document. Throws an Error when it is damaged: nothing is predicted with it then. */
export function parseLiveModel(document: unknown): LiveModel {
  if (isLiveModel(document)) return document
  throw new Error('the stored state is no live model')
}

/**
 * What a live model says of a row: 0 before it has learnt one. A missing feature counts as zero when `missing` says so.
 */
export function predictLive(
  { learner }: LiveModel,
  row: Readonly<Record<string, number>>,
  missing: 'zero' | 'refuse',
): Outcome {
  if (learner === null) return { kind: 'predicted', prediction: 0 }
  const whole = missing === 'zero' ? { ...zeros(learner.features), ...row } : row
  return learner.algorithm === 'rls' ? predictRls(learner, whole) : predictGramRidge(learner, whole)
}

function zeros(features: readonly string[]): Record<string, number> {
  return Object.fromEntries(features.map((name) => [name, 0]))
}

function isLiveModel(document: unknown): document is LiveModel {
  if (typeof document !== 'object' || document === null) return false
  if (!('learntThrough' in document && 'version' in document && 'learner' in document)) return false
  const { learntThrough, version, learner } = document
  return (
    (learntThrough === null || typeof learntThrough === 'string') &&
    (version === null || Number.isSafeInteger(version)) &&
    (learner === null || isLearner(learner))
  )
}

function isLearner(learner: unknown): learner is Learner {
  if (typeof learner !== 'object' || learner === null) return false
  if (!('algorithm' in learner && 'features' in learner)) return false
  const { algorithm, features } = learner
  if (!Array.isArray(features) || !features.every((name) => typeof name === 'string')) return false
  if (algorithm === 'rls') return isStateLike(newRls(features), learner)
  return algorithm === 'gram-ridge' && isStateLike(newGramRidge(features), learner)
}
