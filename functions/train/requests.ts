import { RejectedError } from '../lib/errors.ts'
import type { IncomingEvent, Rejection } from '../lib/events.ts'
import type { DeclaredModel } from '../lib/ports/declared-models.ts'
import { eachRow, isRecord, requireGoodRows, rowTime } from '../lib/row-events.ts'
import { parseTimestamp, timestampKey } from '../lib/timestamps.ts'
import { TICK } from './registry.ts'

/** Why a version is made: its trigger in the registry, and the time of it that its description names, if it has one. */
export interface Trigger {
  id: string
  at?: string
}

/** A drift that was found in the errors of a declared model. */
export interface Drift {
  declaration: DeclaredModel
  /** The row of the alarm, and the first of the drift. */
  timestamp: string
  since: string
}

const SECOND = 1_000

/** The trigger of a tick, floored to its second: PingSources come up to half a second late. */
export function tickOf({ time }: IncomingEvent): Trigger {
  const milliseconds = parseTimestamp(time)
  if (milliseconds === undefined) {
    throw new RejectedError('timestamp-missing', 'the tick has no time')
  }
  const at = timestampKey(Math.floor(milliseconds / SECOND) * SECOND)
  return { id: `${TICK}${at}`, at }
}

/** The trigger of a drift. */
export function driftTrigger({ declaration, timestamp }: Drift): Trigger {
  return { id: `drift:${declaration.name}:${timestamp}` }
}

/** The drifts in an event about models, of those that are declared to be trained then; others are somebody else's. */
export function driftsOf(
  event: IncomingEvent,
  declared: readonly DeclaredModel[],
): { drifts: Drift[]; rejections: Rejection[] } {
  const { good, rejections } = eachRow(event, (row): Drift[] => {
    if (row['kind'] !== 'drift') return []
    const declaration = declared.find(({ name }) => name === row['name'])
    if (declaration === undefined || !declaration.triggers.drift) return []
    const since = parseTimestamp(row['since'])
    const time = rowTime(row)
    if (since === undefined || since > time) {
      throw new RejectedError(
        'since-unreadable',
        'the drift has no ISO 8601 "since" up to its timestamp',
      )
    }
    return [{ declaration, timestamp: timestampKey(time), since: timestampKey(since) }]
  })
  requireGoodRows(good, rejections)
  return { drifts: good.flat(), rejections }
}

/** The model that a command wants trained, and the trigger of it. */
export function commandOf(
  { id, source, data }: IncomingEvent,
  declared: readonly DeclaredModel[],
): { declaration: DeclaredModel; trigger: Trigger } {
  if (!isRecord(data)) {
    throw new RejectedError('not-an-object', 'the command is not {"name": …, "action": "train"}')
  }
  if (data['action'] !== 'train') {
    throw new RejectedError(
      'action-unknown',
      'train only takes the action "train": send promote and rollback to evaluate',
    )
  }
  const declaration = declared.find(({ name }) => name === data['name'])
  if (declaration === undefined) {
    const names = declared.map(({ name }) => name).join(', ')
    throw new RejectedError(
      'model-unknown',
      `the command names no model that is declared in models.yaml: name one of ${names}`,
    )
  }
  return { declaration, trigger: { id: `command:${source} ${id}` } }
}
