import { summariseEvaluation } from '../../../functions/lib/models/evaluation.ts'
import type { EvaluationSummary, ModelSummary } from '../../../functions/lib/models/evaluation.ts'
import type { ErrorSummary } from '../../../functions/lib/models/error-metrics.ts'

/** What evaluate has found of a series, as the console shows it. Errors are in units of the target. */
export interface EvaluationStatus {
  readonly series: string
  /** Why nothing of it can be shown; null when it can. */
  readonly problem: string | null
  readonly models: readonly ModelEvaluation[]
  /** The forecasts that a model must beat; none before there is something to average. */
  readonly baselines: readonly (Errors & { readonly name: string })[]
  /** What to mark in the curve of errors, oldest first. */
  readonly marks: readonly {
    readonly timestamp: string
    readonly kind: 'drift' | 'decision'
    readonly text: string
  }[]
  /** The newest first. */
  readonly decisions: readonly {
    /** The newest row that was counted then; null: none. */
    readonly timestamp: string | null
    readonly kind: string
    readonly model: string
    readonly by: string
    /** The numbers that decided. */
    readonly why: string
  }[]
}

interface ModelEvaluation {
  readonly model: string
  readonly isChampion: boolean
  readonly all: Errors
  /** Of the newest 500 rows. */
  readonly recent: Errors
  /** Share of targets that the intervals held; null before there was one. */
  readonly coverage: number | null
  /** Half the width of the next interval; null before there are errors enough. */
  readonly margin: number | null
  readonly late: number
  readonly unscored: number
  /** Why it is not champion; null of the champion. */
  readonly standing: string | null
  /** The newest ten, and the one that is pinned; the newest first. */
  readonly versions: readonly (Errors & {
    readonly version: number
    readonly state: VersionState | null
  })[]
}

/** Whether a version is not served, served whatever comes, or tried against the one before it. */
type VersionState = 'refused' | 'pinned' | 'on trial'

type Errors = Pick<ErrorSummary, 'count' | 'mae' | 'rmse'>

const LISTED_VERSIONS = 10

/** What a stored evaluation says, or that it is damaged. */
export function evaluationStatus(series: string, document: unknown): EvaluationStatus {
  try {
    return shownOf(series, document)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { series, problem, models: [], baselines: [], marks: [], decisions: [] }
  }
}

function shownOf(series: string, document: unknown): EvaluationStatus {
  const { models, baselines, drifts, audit } = summariseEvaluation(document)
  return {
    series,
    problem: null,
    models: models.map(modelEvaluation),
    baselines: [
      { name: 'naive', ...errorsOf(baselines.naive) },
      { name: 'seasonal naive', ...errorsOf(baselines.seasonal) },
    ].filter(({ count }) => count > 0),
    marks: marksOf({ drifts, audit }),
    decisions: audit.toReversed().map(({ timestamp, kind, name, version, by, why }) => {
      return {
        timestamp,
        kind,
        model: version === null ? name : `${name} ${version}`,
        by,
        why: Object.entries(why)
          .map(([word, value]) => `${word} ${shown(value)}`)
          .join(', '),
      }
    }),
  }
}

function modelEvaluation({
  model,
  horizon,
  champion,
  errors,
  coverage,
  margin,
  refused,
  pinned,
  trial,
  standing,
}: ModelSummary): ModelEvaluation {
  const { all, windowed, versions, late, unscored } = errors
  return {
    model: horizon === 0 ? model : `${model}, ${horizon} ahead`,
    isChampion: champion,
    all: errorsOf(all),
    recent: errorsOf(windowed),
    coverage: coverage.share,
    margin,
    late,
    unscored,
    standing: standing === null ? null : standingText(standing),
    versions: versions
      .toReversed()
      .filter(({ version }, index) => index < LISTED_VERSIONS || version === pinned)
      .map(({ version, ...own }) => {
        return { version, state: stateOf(version, { refused, pinned, trial }), ...errorsOf(own) }
      }),
  }
}

function stateOf(
  version: number,
  { refused, pinned, trial }: Pick<ModelSummary, 'refused' | 'pinned' | 'trial'>,
): VersionState | null {
  if (refused.includes(version)) return 'refused'
  if (version === pinned) return 'pinned'
  return version === trial?.version ? 'on trial' : null
}

function standingText(standing: NonNullable<ModelSummary['standing']>): string {
  return standing.kind === 'better' ? 'better than the champion' : REASONS[standing.why]
}

const REASONS = {
  'too-few': 'too few rows with both',
  margin: 'not better by 1 %',
  chance: 'better by chance, perhaps',
  dwell: 'the champion is new',
  naive: 'worse than naive',
  'seasonal-naive': 'worse than seasonal naive',
}

function marksOf({
  drifts,
  audit,
}: Pick<EvaluationSummary, 'drifts' | 'audit'>): EvaluationStatus['marks'] {
  const found = drifts.map(({ timestamp, model }) => {
    return { timestamp, kind: 'drift' as const, text: `drift in the errors of ${model}` }
  })
  const decided = audit.flatMap(({ timestamp, kind, name }) =>
    timestamp === null ? [] : [{ timestamp, kind: 'decision' as const, text: `${name} ${kind}` }],
  )
  return [...found, ...decided].toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1))
}

function errorsOf({ count, mae, rmse }: Errors): Errors {
  return { count, mae, rmse }
}

function shown(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(4)))
  return typeof value === 'string' ? value : JSON.stringify(value)
}
