import { RetryableError } from '../lib/errors.ts'
import {
  evaluationId,
  newServingPointers,
  parseServingPointers,
  servedVersions,
} from '../lib/models/serving-pointers.ts'
import type { ServingPointers } from '../lib/models/serving-pointers.ts'
import type { Log } from '../lib/ports/log.ts'
import type { ModelVersion, Models, NewModel } from '../lib/ports/models.ts'
import type { States } from '../lib/ports/states.ts'
import type { Registered } from './settle.ts'

interface Needs {
  models: Models
  states: States
  log: Log
}

/** More than the registry keeps of a name. */
const MAX_VERSIONS = 200
/** What triggers of ticks begin with; the tick's time follows. */
export const TICK = 'tick:'

/** Of a model, the version that is served stays in the registry however old it is, and the one to go back to. */
const SERVED = 2

/**
 * Registers a model of a series, or answers the version that its trigger has made before; undefined when the newest
 * version is the same model already: two triggers at once make one version.
 */
export async function registerOnce(
  { models, states, log }: Needs,
  series: string,
  model: NewModel,
): Promise<ModelVersion | undefined> {
  const { name, trigger, body } = model
  const versions = await models.list({ name, limit: MAX_VERSIONS })
  const before = madeBy(versions, trigger)
  if (before !== undefined) return before
  const [newest] = versions
  if (newest !== undefined && (await bodyOf(models, log, newest)) === body) return undefined
  const pointers = await pointersOf(states, log, series)
  const served = servedVersions(versions, pointers).slice(0, SERVED)
  return models.register(
    model,
    served.map(({ version }) => version),
  )
}

/** The version of a model that a trigger has made before: whoever comes again needs no further fit. */
export async function versionOf(
  { models }: { models: Models },
  name: string,
  trigger: string,
): Promise<ModelVersion | undefined> {
  return madeBy(await models.list({ name, limit: MAX_VERSIONS }), trigger)
}

function madeBy(versions: readonly ModelVersion[], trigger: string): ModelVersion | undefined {
  return versions.find((version) => version.trigger === trigger)
}

/** What is decided about a series. Where that is damaged predict serves the newest versions, which are kept anyway. */
async function pointersOf(states: States, log: Log, series: string): Promise<ServingPointers> {
  const state = await states.get(evaluationId(series))
  if (state === undefined) return newServingPointers()
  try {
    return parseServingPointers(state.document)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    log('warn', 'served versions are not known: the newest are kept', { series, error: why })
    return newServingPointers()
  }
}

/** The body of a version; undefined when it cannot be used, so that another may take its place. */
async function bodyOf(
  models: Models,
  log: Log,
  { name, version }: ModelVersion,
): Promise<string | undefined> {
  try {
    return await models.load(name, version)
  } catch (error) {
    if (error instanceof RetryableError) throw error
    const why = error instanceof Error ? error.message : String(error)
    log('warn', 'newest version cannot be compared', { model: name, version, error: why })
    return undefined
  }
}

/**
 * What the registry tells of a model without a state: its newest version, and, when a state was lost (`isStored`), how
 * far `every` had counted. Where there never was one it counts from 0, also when a first version was registered and the
 * state never put: that event comes again, and its rows are to have the same numbers.
 */
export async function knownOf(
  { models }: { models: Models },
  name: string,
  isStored: boolean,
): Promise<{ version: number | null; takenBefore: number }> {
  const versions = await models.list({ name, limit: MAX_VERSIONS })
  const prefix = `rows:${name}:`
  const counts = versions
    .filter(({ trigger }) => trigger.startsWith(prefix))
    .map(({ trigger }) => Number(trigger.slice(prefix.length)))
  return {
    version: versions[0]?.version ?? null,
    takenBefore: isStored ? Math.max(0, ...counts) : 0,
  }
}

/** A row of `dev.nowcast.model` about a version that was trained. */
interface TrainedRow {
  series: string
  /** The tick, or the newest row that was learnt. */
  timestamp: string
  name: string
  version: number
  kind: 'trained'
  since: string
  trigger: string
  score: number
}

/** What is published about a version: the same however often it is made. */
export function trainedRow({ series, version }: Registered): TrainedRow {
  const { name, trigger, trainedThrough, score } = version
  return {
    series,
    timestamp: trigger.startsWith(TICK) ? trigger.slice(TICK.length) : trainedThrough,
    name,
    version: version.version,
    kind: 'trained',
    since: trainedThrough,
    trigger,
    score,
  }
}
