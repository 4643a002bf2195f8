import type { ModelVersion } from '../../../functions/lib/ports/models.ts'
import type { ServiceStatus, SourceStatus } from '../view.ts'
import type { SeriesStatus } from './series-status.ts'
import { WINDOW_ROWS } from './series-status.ts'

/** What the reason for a missing score is found from. */
export interface Situation {
  /** Virtual milliseconds. */
  readonly now: number
  readonly speed: number
  readonly hasStores: boolean
  readonly services: readonly Pick<ServiceStatus, 'name' | 'state' | 'restarts'>[]
  readonly sources: readonly Pick<SourceStatus, 'kind' | 'name' | 'next'>[]
  readonly series: readonly SeriesStatus[]
  readonly models: readonly Pick<ModelVersion, 'name' | 'version' | 'trainedThrough'>[]
}

/** The sentence that says why there is no score yet: the first thing on the way that is missing. Null when there are scores. */
export function whyNoScore(situation: Situation): string | null {
  const { series, hasStores } = situation
  if (series.some(({ scored }) => scored > 0)) return null
  if (!hasStores) return 'This folder declares no database, so there are no rows, models or scores.'
  return (
    servicesMissing(situation) ??
    rowsMissing(situation) ??
    modelMissing(situation) ??
    scoreMissing(situation)
  )
}

function servicesMissing({ services }: Situation): string | undefined {
  if (services.length === 0) return 'This folder declares no Service, so nothing is computed.'
  const failing = services.find(({ state }) => state === 'failing')
  if (failing !== undefined) {
    return `${failing.name} does not start (tried again ${count(failing.restarts, 'time')}): its lines in the terminal say why.`
  }
  const starting = services.filter(({ state }) => state === 'starting').map(({ name }) => name)
  return starting.length === services.length
    ? `No service is ready yet: ${listed(starting)} ${starting.length === 1 ? 'is' : 'are'} starting.`
    : undefined
}

function rowsMissing(situation: Situation): string | undefined {
  const { series } = situation
  if (series.length === 0) {
    const tick = nextTick(situation, () => true)
    return tick === undefined
      ? 'No row has arrived yet: send one with `npx nowcast send`.'
      : `No row has arrived yet: ${tick}.`
  }
  return series.every(({ rows }) => rows === 0)
    ? `Rows of ${listed(series.map((one) => one.series))} have arrived, but none has both features and a target yet.`
    : undefined
}

function modelMissing(situation: Situation): string | undefined {
  if (situation.models.length > 0) return undefined
  const fullest = situation.series.reduce((a, b) => (b.rows > a.rows ? b : a))
  const needed = fullest.features + 2
  const tick = nextTick(situation, (name) => /train/i.test(name))
  const then = tick === undefined ? '' : `; ${tick}`
  if (fullest.rows < needed) {
    return `${fullest.rows} of at least ${count(needed, 'row')} that a first model needs (features + 2) are there${then}.`
  }
  const rows =
    fullest.rows < WINDOW_ROWS ? count(fullest.rows, 'row') : `${WINDOW_ROWS} rows or more`
  return `${rows} to learn from and no model yet${then}.`
}

function scoreMissing({ series, models }: Situation): string {
  if (series.some(({ late }) => late > 0)) {
    return 'Every score so far is late: its model may have learnt the row before it predicted it, so it does not count.'
  }
  if (series.some(({ predicted }) => predicted > 0)) {
    return 'The first rows are predicted: they are scored as soon as prediction and target have met.'
  }
  const newest = models.reduce((a, b) => (b.trainedThrough > a.trainedThrough ? b : a))
  return `${newest.name} version ${newest.version} is trained: the next row after ${newest.trainedThrough} will be predicted and scored.`
}

/** When the PingSource of that kind of name fires next; any PingSource when none has such a name. */
function nextTick(
  { now, speed, sources }: Situation,
  isWanted: (name: string) => boolean,
): string | undefined {
  const ticks = sources.flatMap(({ name, next }) => (next === undefined ? [] : [{ name, next }]))
  const wanted = ticks.filter(({ name }) => isWanted(name))
  const [soonest] = (wanted.length > 0 ? wanted : ticks).toSorted((a, b) => a.next - b.next)
  if (soonest === undefined) return undefined
  return `PingSource ${soonest.name} fires ${inSeconds((soonest.next - now) / 1_000, speed)}`
}

function inSeconds(seconds: number, speed: number): string {
  if (seconds <= 0) return 'now'
  const virtual = `in ${Math.ceil(seconds)} s`
  if (speed === 1 || !Number.isFinite(speed)) return virtual
  return `${virtual}, ${Math.ceil(seconds / speed)} s at speed ${speed}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 6)
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}
