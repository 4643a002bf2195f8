import { RetryableError } from '../lib/errors.ts'
import type { Evaluation } from '../lib/models/evaluation-document.ts'
import { parseModel, predictModel } from '../lib/models/model-body.ts'
import type { Model } from '../lib/models/model-body.ts'
import type { Models } from '../lib/ports/models.ts'
import type { Rows } from '../lib/ports/rows.ts'
import { timestampKey } from '../lib/timestamps.ts'
import type { AskVersion } from './decisions.ts'
import type { ScoredRow, SeriesRules } from './evaluate.ts'

/** A version's model, or why it cannot be used. */
type Body = { kind: 'usable'; model: Model } | { kind: 'unusable'; why: string }

/** Bodies are immutable, and therefore kept. */
export type Bodies = Map<string, Body>

const MOST_BODIES = 100
const PIECE = 1_000

/**
 * Reads what is needed to ask the predecessors of new versions about rows that are about to be taken: their bodies
 * and the rows' features. Nothing is read while no version is tried.
 */
export async function readPredecessors(
  { models, rows, bodies }: { models: Models; rows: Rows; bodies: Bodies },
  evaluation: Evaluation,
  taken: readonly ScoredRow[],
  rules: SeriesRules,
): Promise<AskVersion> {
  const asked = rules.models
    .filter(({ isBatch }) => isBatch)
    .flatMap(({ name }) =>
      predecessorsOf(evaluation, taken, name).map((one) => [name, one] as const),
    )
  const found = new Map<string, Body>()
  for (const [name, version] of asked) {
    found.set(`${name} ${version}`, await bodyOf(models, bodies, name, version))
  }
  const features = await featuresOf(rows, rules.series, found.size === 0 ? [] : taken)
  return ({ name, version, missing, timestamp }) => {
    const body = found.get(`${name} ${version}`)
    if (body === undefined) return { kind: 'unusable', why: 'it was not read' }
    if (body.kind === 'unusable') return body
    const row = features.get(timestamp)
    return row === undefined ? { kind: 'no-row' } : predictModel(body.model, row, missing)
  }
}

/** The versions of a model that may be asked: that of a running trial, and any that a new version takes over from. */
function predecessorsOf(
  { versions }: Evaluation,
  taken: readonly ScoredRow[],
  name: string,
): number[] {
  const record = versions[name]
  const seen = taken.flatMap(({ scores }) =>
    scores.filter(({ model }) => model === name).map(({ version }) => version),
  )
  const predecessors = new Set<number>()
  if (record?.trial) predecessors.add(record.trial.predecessor)
  const known = [...(record === undefined ? [] : [record.served]), ...seen]
  const highest = Math.max(...known)
  if (known.length > 0 && highest > (record?.highest ?? Math.min(...known))) {
    for (const version of known) if (version !== highest) predecessors.add(version)
  }
  return [...predecessors]
}

async function bodyOf(
  models: Models,
  bodies: Bodies,
  name: string,
  version: number,
): Promise<Body> {
  const key = `${name} ${version}`
  const kept = bodies.get(key)
  if (kept !== undefined) return kept
  const body = await load(models, name, version)
  bodies.set(key, body)
  const oldest = bodies.keys().next()
  if (bodies.size > MOST_BODIES && !oldest.done) bodies.delete(oldest.value)
  return body
}

async function load(models: Models, name: string, version: number): Promise<Body> {
  try {
    const body = await models.load(name, version)
    if (body === undefined) return { kind: 'unusable', why: 'it is no longer kept' }
    return { kind: 'usable', model: parseModel(body) }
  } catch (error) {
    if (error instanceof RetryableError) throw error
    return { kind: 'unusable', why: error instanceof Error ? error.message : String(error) }
  }
}

async function featuresOf(
  rows: Rows,
  series: string,
  taken: readonly ScoredRow[],
): Promise<Map<string, Record<string, number>>> {
  const features = new Map<string, Record<string, number>>()
  const [first] = taken
  const last = taken.at(-1)
  if (first === undefined || last === undefined) return features
  let after = timestampKey(Date.parse(first.timestamp) - 1)
  while (after < last.timestamp) {
    const found = await rows.after(series, after, Math.min(PIECE, taken.length))
    for (const row of found) features.set(row.timestamp, row.features)
    const newest = found.at(-1)
    if (newest === undefined) break
    after = newest.timestamp
  }
  return features
}
