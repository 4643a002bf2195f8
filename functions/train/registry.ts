import { RetryableError } from '../lib/errors.ts'
import type { Log } from '../lib/ports/log.ts'
import type { ModelVersion, Models, NewModel } from '../lib/ports/models.ts'
import type { Registered } from './settle.ts'

/** More than the registry keeps of a name. */
const MAX_VERSIONS = 200
/** What triggers of ticks begin with; the tick's time follows. */
export const TICK = 'tick:'

/**
 * Registers a model, or answers the version that its trigger has made before; undefined when the newest version is the
 * same model already: two triggers at once make one version.
 */
export async function registerOnce(
  models: Models,
  log: Log,
  model: NewModel,
): Promise<ModelVersion | undefined> {
  const { name, trigger, body } = model
  const versions = await models.list({ name, limit: MAX_VERSIONS })
  const before = versions.find((version) => version.trigger === trigger)
  if (before !== undefined) return before
  const [newest] = versions
  if (newest !== undefined && (await bodyOf(models, log, newest)) === body) return undefined
  return models.register(model)
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
