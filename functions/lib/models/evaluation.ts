import { championOf, judgeChallenger } from './champion-choice.ts'
import type { Standing } from './champion-choice.ts'
import { marginOf } from './conformal-interval.ts'
import { summariseErrors } from './error-metrics.ts'
import type { ErrorSummary } from './error-metrics.ts'
import { parseEvaluation, scoreKey } from './evaluation-document.ts'
import type {
  AuditEntry,
  ChampionChange,
  DriftMark,
  Evaluation,
  HorizonEvaluation,
} from './evaluation-document.ts'
import { skill } from './naive-baselines.ts'

/** What a reader wants to know of how a series' models do. */
export interface EvaluationSummary {
  /** The newest row whose scores were counted; null: none. */
  through: string | null
  /** Rows counted in order. */
  rows: number
  champion: string | null
  /** The level of the intervals. */
  level: number
  /** By name and horizon. */
  models: ModelSummary[]
  baselines: { naive: ErrorSummary; seasonal: ErrorSummary }
  /** The newest 50 drift alarms, the newest 50 changes of the champion, the newest 100 decisions; oldest first. */
  drifts: DriftMark[]
  changes: ChampionChange[]
  audit: AuditEntry[]
}

/** How a model does at one horizon. */
interface ModelSummary {
  model: string
  horizon: number
  champion: boolean
  /** All errors, the fading and the newest 500, and by version, with what could not be scored. */
  errors: ReturnType<typeof summariseErrors>
  /** Of the intervals whose targets have come. `share` is null before the first. */
  coverage: { held: number; judged: number; share: number | null }
  /** Half the width of the next interval; null before there are errors enough. */
  margin: number | null
  /** `1 - MAE / MAE of the baseline`; null as long as it has no error. */
  skill: { naive: number | null; seasonal: number | null }
  refused: number[]
  pinned: number | null
  /** The version under trial, against which one, and on how many rows so far; null: none. */
  trial: { version: number; predecessor: number; rows: number } | null
  /** Whether it is to become champion, and if not, why not; null of the champion and of what is not compared with it. */
  standing: Standing | null
}

/** The part of a stored evaluation that is for readers. Throws an Error when what is stored is damaged. */
export function summariseEvaluation(document: unknown): EvaluationSummary {
  const evaluation = parseEvaluation(document)
  const { serving, declared, rows, baselines, drifts, changes, audit } = evaluation
  const champion = championOf(serving, declared) ?? null
  return {
    through: serving.through,
    rows,
    champion,
    level: serving.level,
    models: Object.entries(evaluation.horizons)
      .map(([key, known]) => summariseModel(evaluation, { champion, key, known }))
      .toSorted(
        (a, b) => (a.model < b.model ? -1 : Number(a.model > b.model)) || a.horizon - b.horizon,
      ),
    baselines: {
      naive: summariseErrors(baselines.naive).all,
      seasonal: summariseErrors(baselines.seasonal).all,
    },
    drifts,
    changes,
    audit,
  }
}

function summariseModel(
  { serving, declared, versions, baselines, pairs, tenure }: Evaluation,
  { champion, key, known }: { champion: string | null; key: string; known: HorizonEvaluation },
): ModelSummary {
  const model = key.slice(0, key.lastIndexOf('/'))
  const horizon = Number(key.slice(key.lastIndexOf('/') + 1))
  const errors = summariseErrors(known.metrics)
  const { held, judged } = known.conformal
  const trial = versions[model]?.trial ?? null
  const isChallenger =
    champion !== null &&
    champion !== model &&
    declared.includes(model) &&
    key === scoreKey(model, 0)
  return {
    model,
    horizon,
    champion: model === champion,
    errors,
    coverage: { held, judged, share: judged === 0 ? null : held / judged },
    margin: marginOf(known.conformal)?.width ?? null,
    skill: {
      naive: skillOf(errors.all, summariseErrors(baselines.naive).all),
      seasonal: skillOf(errors.all, summariseErrors(baselines.seasonal).all),
    },
    refused: Object.hasOwn(serving.refused, model) ? (serving.refused[model] ?? []) : [],
    pinned: Object.hasOwn(serving.pinned, model) ? (serving.pinned[model] ?? null) : null,
    trial: trial && {
      version: trial.version,
      predecessor: trial.predecessor,
      rows: trial.losses.length,
    },
    standing: isChallenger ? judgeChallenger(pairs, { champion, challenger: model, tenure }) : null,
  }
}

function skillOf(own: ErrorSummary, baseline: ErrorSummary): number | null {
  if (own.mae === null || baseline.mae === null) return null
  return skill(own.mae, baseline.mae) ?? null
}
