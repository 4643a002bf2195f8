import type { ModelVersion } from '../../../functions/lib/ports/models.ts'
import type { ServiceStatus, SourceStatus, View } from '../view.ts'
import { evaluationStatus } from './evaluation-status.ts'
import type { EvaluationStatus } from './evaluation-status.ts'
import { seriesStatus } from './series-status.ts'
import type { SeriesStatus } from './series-status.ts'
import { MAX_LETTERS } from './stored.ts'
import type { Stored } from './stored.ts'
import { topicStatuses } from './topics.ts'
import type { TopicStatus } from './topics.ts'
import { whyNoScore } from './why.ts'

interface ModelStatus {
  readonly name: string
  /** How many versions are kept. */
  readonly versions: number
  readonly newest: VersionStatus
  /** The newest twenty, newest first. */
  readonly list: readonly VersionStatus[]
}

type VersionStatus = Pick<ModelVersion, 'version' | 'score' | 'trainedThrough' | 'uploadedAt'>

interface DeadLetterStatus {
  readonly count: number
  /** Whether there are more than were counted. */
  readonly more: boolean
  readonly newest: readonly {
    readonly id: string
    readonly storedAt: string
    /** Whether it was sent again and taken. */
    readonly isRedriven: boolean
    readonly code: string
    readonly reason: string
    readonly type: string
    readonly destination: string
  }[]
}

/** What `/api/status` answers. Times are the platform's, which may run faster than the wall's. */
export interface Status {
  /** ISO 8601, UTC. */
  readonly time: string
  /** Virtual seconds a second of the wall; `max` in lock step. */
  readonly speed: number | 'max'
  readonly services: readonly ServiceStatus[]
  /** `next` is ISO 8601. */
  readonly sources: readonly (Omit<SourceStatus, 'next'> & { readonly next?: string })[]
  readonly topics: readonly TopicStatus[]
  readonly models: readonly ModelStatus[]
  readonly series: readonly SeriesStatus[]
  /** Of the series that evaluate knows. */
  readonly evaluations: readonly EvaluationStatus[]
  readonly deadLetters: DeadLetterStatus
  /** Why there is no score yet; null when there are scores. */
  readonly why: string | null
}

const LISTED_VERSIONS = 20
const LISTED_LETTERS = 20

/** The status of a running platform, given what was read from its stores. */
export async function statusOf(view: View, stored: Stored): Promise<Status> {
  const now = view.clock.now()
  const { speed } = view.clock
  const services = view.services()
  const sources = await view.sources()
  const series = stored.series.map((one) => seriesStatus(one.series, one.rows, one.scores))
  const { models } = stored
  return {
    time: new Date(now).toISOString(),
    speed: Number.isFinite(speed) ? speed : 'max',
    services,
    sources: sources.map(({ next, ...source }) =>
      next === undefined ? source : { ...source, next: new Date(next).toISOString() },
    ),
    topics: await topicStatuses(view.broker, sources),
    models: modelStatuses(models),
    series,
    evaluations: stored.series.flatMap((one) =>
      one.evaluation === undefined ? [] : evaluationStatus(one.series, one.evaluation),
    ),
    deadLetters: deadLetterStatus(stored.letters),
    why: whyNoScore({
      now,
      speed,
      hasStores: view.stores !== undefined,
      services,
      sources,
      series,
      models,
    }),
  }
}

function modelStatuses(versions: readonly ModelVersion[]): ModelStatus[] {
  return [...new Set(versions.map(({ name }) => name))].flatMap((name) => {
    const list = versions
      .filter((one) => one.name === name)
      .map(({ version, score, trainedThrough, uploadedAt }) => {
        return { version, score, trainedThrough, uploadedAt }
      })
    const [newest] = list
    return newest === undefined
      ? []
      : [{ name, versions: list.length, newest, list: list.slice(0, LISTED_VERSIONS) }]
  })
}

function deadLetterStatus(letters: Stored['letters']): DeadLetterStatus {
  return {
    count: letters.length,
    more: letters.length >= MAX_LETTERS,
    newest: letters
      .slice(0, LISTED_LETTERS)
      .map(({ id, storedAt, redriven, code, reason, type, destination }) => {
        return { id, storedAt, isRedriven: redriven !== undefined, code, reason, type, destination }
      }),
  }
}
