import type { StoredRow } from '../lib/events.ts'
import type { BatchModel } from '../lib/ports/declared-models.ts'
import type { Log } from '../lib/ports/log.ts'
import type { ModelVersion, Models } from '../lib/ports/models.ts'
import type { Rows } from '../lib/ports/rows.ts'
import type { States } from '../lib/ports/states.ts'
import { timestampKey } from '../lib/timestamps.ts'
import type { Fit, Fitted } from './fit.ts'
import { registerOnce, versionOf } from './registry.ts'
import type { Trigger } from './requests.ts'

export interface Needs {
  rows: Rows
  models: Models
  states: States
  log: Log
  fit: Fit
}

/** A version, or why there is none. */
export type Outcome =
  | { kind: 'registered'; version: ModelVersion }
  | { kind: 'too-few' | 'unusable' | 'same'; reason: string; leftOut: readonly string[] }

/** One row with a date in the far future must not end the training of its series. */
const WINDOWS_BACK = 3

/**
 * Fits a model on its window and registers the next version, or answers the one that the trigger has made before.
 *
 * The window ends at `through`, or at the series' newest complete row; when that row stands almost alone, at the newest
 * before its window. It never begins before `since`: rows of before a drift and rows of after it are never fitted
 * together.
 */
export async function fitVersion(
  { rows, models, states, log, fit }: Needs,
  declaration: BatchModel,
  { trigger, since, through }: { trigger: Trigger; since: string | null; through?: string },
): Promise<Outcome> {
  const { name, series } = declaration
  const before = await versionOf({ models }, name, trigger.id)
  if (before !== undefined) return { kind: 'registered', version: before }
  const newest = through ?? (await rows.newestComplete(series))
  if (newest === undefined) return none('too-few', 'the series has no complete row yet')
  const fitted = await fitThrough({ rows, fit }, declaration, since, newest)
  switch (fitted.kind) {
    case 'too-few': {
      const counts = `${fitted.rows} complete rows in the window, ${fitted.needed} are needed`
      return none('too-few', counts, fitted.leftOut)
    }
    case 'not-finite':
      return none('unusable', 'the fit is not finite, the rows hold too large numbers')
    case 'refused':
      return none('unusable', fitted.reason)
    case 'trained': {
      const { model, leftOut } = fitted
      const version = await registerOnce({ models, states, log }, series, {
        name,
        trigger: trigger.id,
        description: `${LABELS[declaration.algorithm]} ${trigger.at ?? model.window.through}`,
        score: model.r2,
        trainedThrough: model.window.through,
        body: JSON.stringify(model),
      })
      if (version === undefined) return none('same', 'the newest version is the same model')
      log('info', `version ${version.version} registered`, {
        series,
        model: name,
        trigger: trigger.id,
        version: version.version,
        rows: model.rows,
        ...('alpha' in model ? { alpha: model.alpha } : {}),
        trainedThrough: version.trainedThrough,
        ...someOf(leftOut),
      })
      return { kind: 'registered', version }
    }
  }
}

/** Says why there is no version, once for each event that asked for one. */
export function logNone(
  log: Log,
  { name, series }: BatchModel,
  { kind, reason, leftOut }: Exclude<Outcome, { kind: 'registered' }>,
  { id }: Trigger,
): void {
  const about = { series, model: name, trigger: id, ...someOf(leftOut) }
  log(kind === 'unusable' ? 'warn' : 'info', `no version: ${reason}`, about)
}

/** The seed system's word for its only algorithm stands in its registry. */
const LABELS = { ridgecv: 'ridgeCV', mlp: 'mlp' }

function none(
  kind: 'too-few' | 'unusable' | 'same',
  reason: string,
  leftOut: readonly string[] = [],
): Outcome {
  return { kind, reason, leftOut }
}

async function fitThrough(
  { rows, fit }: Pick<Needs, 'rows' | 'fit'>,
  declaration: BatchModel,
  since: string | null,
  newest: string,
): Promise<Fitted> {
  const windowThrough = async (through: string): Promise<StoredRow[]> => {
    const window = await rows.window(declaration.series, through, declaration.window)
    return window.filter(({ timestamp }) => since === null || timestamp >= since)
  }
  const last = await windowThrough(newest)
  let fitted = await fit(last, declaration)
  let first = last[0]
  for (let back = 0; back < WINDOWS_BACK && fitted.kind === 'too-few' && first; back += 1) {
    const before = timestampKey(Date.parse(first.timestamp) - 1)
    const [earlier] = await rows.window(declaration.series, before, { kind: 'rows', rows: 1 })
    if (earlier === undefined) break
    const rowsBefore = await windowThrough(earlier.timestamp)
    const other = await fit(rowsBefore, declaration)
    if (other.kind !== 'too-few') fitted = other
    first = rowsBefore[0]
  }
  return fitted
}

/** Names the features that too few rows have, as far as a line can. */
function someOf(leftOut: readonly string[]): { leftOut?: readonly string[] } {
  return leftOut.length === 0 ? {} : { leftOut: leftOut.slice(0, 10) }
}
