import type { StoredRow } from '../lib/events.ts'
import type { Learner } from '../lib/models/live-model.ts'
import { featuresFault } from '../lib/models/online-learner.ts'
import type { Learnt } from '../lib/models/online-learner.ts'
import type { OnlineModel } from '../lib/ports/declared-models.ts'
import {
  featuresToGoOnWith,
  hasJustAppeared,
  newFeatureWatch,
  watchFeatures,
} from './feature-watch.ts'
import type { FeatureWatch } from './feature-watch.ts'
import { learnRow, newLearner, refeatured } from './learner.ts'
import type { Counts, OnlineState, PassedOver } from './online-state.ts'
import { withError } from './prequential.ts'
import { withTaken } from './row-progress.ts'
import { snapshotOf } from './snapshot.ts'
import type { Made } from './snapshot.ts'
import { inNaturalOrder } from './train.ts'

/** A version that is due: what made it so, and the model at that row. */
export type Due = { trigger: string } & Made

/**
 * Something about rows that a reader of the log should know: how many they are, and what the first was at fault for.
 * Of rows that are passed over it is the first of the kind since a row was learnt that is worth a remark.
 */
export interface Remark {
  kind: PassedOver | 'featuresLeftOut'
  rows: number
  why: string
}

/** So many rows for each coefficient after a jump the new relation is known well enough for a version. */
const ROWS_A_COEFFICIENT = 2

/**
 * Lets a model take rows, which come in their order: it learns each, or passes it over and counts why. Rows in one call
 * or in many give the same state, and the same versions at the same rows.
 */
export function learnRows(
  before: OnlineState,
  rows: readonly StoredRow[],
  declaration: OnlineModel,
): { state: OnlineState; due: Due[]; remarks: Remark[] } {
  const due: Due[] = []
  const remarks = new Map<Remark['kind'], Remark>()
  let state = before
  for (const row of rows) {
    const taken = takeRow(
      withTaken(state, row.timestamp, declaration.cadence),
      row,
      declaration,
      (kind, why, isFirst) => {
        const known = remarks.get(kind) ?? (isFirst ? { kind, rows: 0, why } : undefined)
        if (known !== undefined) remarks.set(kind, { ...known, rows: known.rows + 1 })
      },
    )
    for (const trigger of triggersOf(taken, declaration)) {
      due.push({ trigger, ...snapshotOf(taken) })
    }
    state = hasSettled(taken) ? { ...taken, jump: null } : taken
  }
  return { state, due, remarks: [...remarks.values()] }
}

/** What asks for a version at this row. */
function triggersOf(state: OnlineState, { name, triggers: { every } }: OnlineModel): string[] {
  const counted = state.takenBefore + state.taken
  return [
    ...(state.jump !== null && hasSettled(state) ? [`jump:${state.jump.timestamp}`] : []),
    ...(every !== null && counted % every === 0 ? [`rows:${name}:${counted}`] : []),
  ]
}

/** Whether enough rows were learnt since the newest jump. */
function hasSettled({ jump, learner }: OnlineState): boolean {
  if (jump === null || learner === null) return false
  return jump.learnt >= ROWS_A_COEFFICIENT * (learner.features.length + 1)
}

function takeRow(
  before: OnlineState,
  row: StoredRow,
  declaration: OnlineModel,
  remark: (kind: Remark['kind'], why: string, isFirst: boolean) => void,
): OnlineState {
  const { learner, features, isNew, fault } = learnerFor(before, row, declaration)
  const state = { ...before, features }
  const isFirst = (kind: PassedOver): boolean => !state.passedOver.includes(kind)
  if (learner === undefined) {
    remark('tooManyFeatures', fault ?? '', isFirst('tooManyFeatures'))
    return withPassedOver(state, 'tooManyFeatures')
  }
  if (fault !== undefined && hasJustAppeared(features)) remark('featuresLeftOut', fault, true)
  const { target = Number.NaN } = row
  const { learner: after, outcome } = learnRow(learner, {
    features: declaration.missing === 'zero' ? zeroFilled(learner, row) : row.features,
    target,
  })
  if (outcome.kind !== 'learnt') {
    const kind = KINDS[outcome.kind]
    remark(kind, whyOf(outcome), isFirst(kind))
    // A learner that is new, or has new features, waits for a row that it can learn.
    return withPassedOver({ ...state, learner: isNew ? state.learner : after }, kind)
  }
  const from = after.rows === 1 ? row.timestamp : (state.window?.from ?? row.timestamp)
  return {
    ...state,
    learner: after,
    counts: oneMore(state.counts, 'learnt'),
    passedOver: [],
    quality: withError(state.quality, outcome.error, target),
    window: { from, through: row.timestamp },
    jump: outcome.jumped
      ? { timestamp: row.timestamp, learnt: 0 }
      : state.jump && { ...state.jump, learnt: state.jump.learnt + 1 },
  }
}

/**
 * The learner that takes a row: the one there is, one with the features of the rows as they are now, or a first one,
 * with those of the row; undefined when these are too many.
 */
function learnerFor(
  { learner, features: before }: OnlineState,
  row: StoredRow,
  declaration: OnlineModel,
): {
  learner: Learner | undefined
  features: FeatureWatch
  isNew: boolean
  fault?: string | undefined
} {
  if (learner === null) {
    const names = inNaturalOrder(Object.keys(row.features))
    const fault = featuresFault(names)
    const first = fault === undefined ? newLearner(declaration, names) : undefined
    return { learner: first, features: newFeatureWatch(), isNew: true, fault }
  }
  const features = watchFeatures(before, learner.features, row.features)
  const others = featuresToGoOnWith(features, learner.features, declaration.missing)
  const fault = others && featuresFault(others)
  if (others === undefined || fault !== undefined) {
    return { learner, features, isNew: false, fault }
  }
  return { learner: refeatured(learner, others, row.features), features, isNew: true }
}

function zeroFilled(learner: Learner, row: StoredRow): Record<string, number> {
  return { ...Object.fromEntries(learner.features.map((name) => [name, 0])), ...row.features }
}

function withPassedOver(state: OnlineState, kind: PassedOver): OnlineState {
  const { counts, passedOver } = state
  return {
    ...state,
    counts: oneMore(counts, kind),
    passedOver: passedOver.includes(kind) ? passedOver : [...passedOver, kind],
  }
}

function oneMore(counts: Counts, kind: keyof Counts): Counts {
  return { ...counts, [kind]: counts[kind] + 1 }
}

const KINDS = {
  missing: 'missing',
  strange: 'strange',
  'out-of-range': 'outOfRange',
} as const

/** As much of what was at fault as a line takes. */
function whyOf(outcome: Exclude<Learnt, { kind: 'learnt' }>): string {
  const names = outcome.kind === 'missing' ? outcome.features : outcome.names
  return names.slice(0, 10).join(', ')
}
