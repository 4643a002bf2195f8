import { learnRows } from '../../../functions/train/online.ts'
import { newOnlineState } from '../../../functions/train/online-state.ts'
import { forgotten } from '../../../functions/train/learner.ts'
import { snapshotOf } from '../../../functions/train/snapshot.ts'
import type { Made } from '../../../functions/train/snapshot.ts'
import { train } from '../../../functions/train/train.ts'
import { livePredictor, mayPredict, versionPredictor } from '../../../functions/predict/predict.ts'
import type { Predictor } from '../../../functions/predict/predict.ts'
import type { StoredRow } from '../../../functions/lib/events.ts'
import type { Model } from '../../../functions/lib/models/model-body.ts'
import { servedVersions } from '../../../functions/lib/models/serving-pointers.ts'
import type { ServingPointers } from '../../../functions/lib/models/serving-pointers.ts'
import type { BatchModel, OnlineModel } from '../../../functions/lib/ports/declared-models.ts'
import { timestampKey } from '../../../functions/lib/timestamps.ts'

/** A declared model as train keeps it, and as predict asks it; all in memory. */
export interface Trainee {
  /** What predicts a row; undefined when nothing does yet. */
  predictor: (timestamp: string, pointers: ServingPointers) => Predictor | undefined
  /** The model of a version; undefined when it is not kept. */
  modelOf: (version: number) => Model | undefined
  /** A row that is complete. */
  onRow: (row: StoredRow) => void
  /** A drift in the errors of the model, with its first row. */
  onDrift: (drift: { since: string }) => void
  onTick: () => void
}

/** An online model: its live state predicts, versions are made of it as declared. */
export function startOnline(declaration: OnlineModel): Trainee {
  const { series, triggers, jump } = declaration
  let state = newOnlineState(series, { version: null, takenBefore: 0 })
  let revision = 0
  let newest: string | undefined
  const register = (made: Made): void => {
    if (made.kind === 'none') return
    const body = JSON.stringify(made.snapshot)
    if (body === newest) return
    newest = body
    state = { ...state, version: (state.version ?? -1) + 1 }
  }
  return {
    predictor: () => livePredictor(state, revision),
    modelOf: () => undefined,
    onRow(row) {
      const learnt = learnRows(state, [row], declaration)
      state = learnt.state
      revision += 1
      for (const due of learnt.due) register(due)
    },
    onDrift() {
      if (!triggers.drift) return
      register(snapshotOf(state))
      const { learner } = state
      if (jump === null && learner !== null) state = { ...state, learner: forgotten(learner) }
    },
    onTick() {
      if (triggers.tick) register(snapshotOf(state))
    },
  }
}

interface Version {
  name: string
  version: number
  trainedThrough: string
  model: Model
}

/** As many as the registry keeps of a name. */
const VERSIONS = 100

/**
 * A batch model: a version is fitted on a tick, every so many rows, and after a drift on the rows since, as soon as
 * these are enough.
 */
export function startBatch(declaration: BatchModel): Trainee {
  const { name, window, minimumRows, triggers } = declaration
  const rows: StoredRow[] = []
  let versions: Version[] = []
  let since = ''
  let isPending = false
  const fit = (): boolean => {
    const recent = windowOf(rows, window).filter(({ timestamp }) => timestamp >= since)
    const trained = train(recent, minimumRows)
    if (trained.kind !== 'trained') return trained.kind !== 'too-few'
    const { model } = trained
    const newest = versions[0]
    if (newest !== undefined && JSON.stringify(newest.model) === JSON.stringify(model)) return true
    const version = (newest?.version ?? -1) + 1
    const made = { name, version, trainedThrough: model.window.through, model }
    versions = [made, ...versions.slice(0, VERSIONS - 1)]
    return true
  }
  return {
    predictor(timestamp, pointers) {
      const served = servedVersions(versions, pointers)
      const version = served.find(({ trainedThrough }) => mayPredict(trainedThrough, timestamp))
      return version && versionPredictor(version, version.model)
    },
    modelOf: (version) => versions.find((one) => one.version === version)?.model,
    onRow(row) {
      rows.push(row)
      if (triggers.every !== null && rows.length % triggers.every === 0) fit()
      if (isPending) isPending = !fit()
    },
    onDrift(drift) {
      if (!triggers.drift) return
      since = drift.since
      isPending = !fit()
    },
    onTick() {
      if (triggers.tick) fit()
    },
  }
}

/** The last rows that a window has. */
function windowOf(rows: readonly StoredRow[], size: BatchModel['window']): StoredRow[] {
  if (size.kind === 'rows') return rows.slice(-size.rows)
  const through = rows.at(-1)?.timestamp
  if (through === undefined) return []
  const before = timestampKey(Date.parse(through) - size.milliseconds)
  return rows.slice(rows.findLastIndex(({ timestamp }) => timestamp <= before) + 1)
}
