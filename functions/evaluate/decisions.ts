import { championOf, judgeChallenger, newTenure } from '../lib/models/champion-choice.ts'
import type { AuditEntry, Evaluation } from '../lib/models/evaluation-document.ts'
import { bounded } from '../lib/models/limits.ts'
import type { Outcome } from '../lib/models/linear-model.ts'
import { hasDwelt } from '../lib/models/promotion-test.ts'
import { addTrialRow, followVersion, judgeTrial } from '../lib/models/version-trial.ts'
import type { VersionRecord } from '../lib/models/version-trial.ts'
import { driftId } from './evaluate.ts'
import type { ScoredRow, SeriesRules } from './evaluate.ts'

/** What a version that is served no more would have said of a row, or why nobody knows. */
type Hindsight = Outcome | { kind: 'no-row' } | { kind: 'unusable'; why: string }

/** Asks a version of a model about a row that it did not predict. */
export type AskVersion = (about: {
  name: string
  version: number
  missing: 'zero' | 'refuse'
  timestamp: string
}) => Hindsight

const AUDIT = 100
const CHANGES = 50
const REFUSED = 100

/**
 * Takes note of which versions of the batch models predicted a row, and tries a new one against its predecessor: a
 * version that loses is refused. Neither has learnt the row.
 */
export function tryVersions(
  before: Evaluation,
  { timestamp, scores }: ScoredRow,
  rules: SeriesRules,
  ask: AskVersion,
): Evaluation {
  let evaluation = before
  for (const { name, missing } of rules.models.filter(({ isBatch }) => isBatch)) {
    const score = scores.find(
      ({ model, horizon, late, stateRevision }) =>
        model === name && horizon === 0 && !late && stateRevision === undefined,
    )
    if (score === undefined) continue
    const { version, error, ytrue_: target } = score
    const { refused, pinned } = evaluation.serving
    const record = followVersion(
      evaluation.versions[name],
      { version, timestamp },
      {
        isRefused: refusedOf(refused, name).includes(version),
        isExempt: Object.hasOwn(pinned, name) && pinned[name] === version,
      },
    )
    evaluation = { ...evaluation, versions: { ...evaluation.versions, [name]: record } }
    const { trial } = record
    if (trial === null || trial.version !== version) continue
    const said = ask({ name, version: trial.predecessor, missing, timestamp })
    if (said.kind === 'unusable') {
      const why = { predecessor: trial.predecessor, reason: said.why }
      const entry = { timestamp, kind: 'not-tried', name, version, by: 'evaluate', why } as const
      evaluation = withAudit(withRecord(evaluation, name, { ...record, trial: null }), entry)
      continue
    }
    if (said.kind !== 'predicted') continue
    const tried = addTrialRow(trial, {
      loss: Math.abs(bounded(error)),
      predecessorLoss: Math.abs(bounded(target - said.prediction)),
    })
    evaluation = judged(withRecord(evaluation, name, { ...record, trial: tried }), {
      name,
      timestamp,
      rules,
    })
  }
  return evaluation
}

function judged(
  evaluation: Evaluation,
  { name, timestamp, rules }: { name: string; timestamp: string; rules: SeriesRules },
): Evaluation {
  const record = evaluation.versions[name]
  const trial = record?.trial
  if (record === undefined || trial === null || trial === undefined) return evaluation
  const isAlarmed = evaluation.drifts.some(
    (drift) => drift.timestamp === timestamp && drift.model === name,
  )
  const { kind, verdict } = judgeTrial(trial, { isAlarmed })
  if (kind === 'undecided') return evaluation
  if (kind === 'accepted') return withRecord(evaluation, name, { ...record, trial: null })
  const { version, predecessor, since } = trial
  const { championLoss: loss, challengerLoss: predecessorLoss, ...numbers } = verdict.comparison
  const why = { predecessor, since, loss, predecessorLoss, ...numbers }
  const isToBlame = verdict.kind === 'better' && verdict.by === 'collapse'
  const without = isToBlame ? withoutDrift(evaluation, name, timestamp) : evaluation
  const refusing = withRecord(without, name, {
    ...record,
    served: predecessor,
    trial: null,
  })
  const entry = { timestamp, kind: 'refused', name, version, by: 'evaluate', why } as const
  return told(withAudit(withRefusal(refusing, name, version), entry), {
    series: rules.series,
    ...entry,
    since,
  })
}

/**
 * Makes the best challenger champion when it is better beyond doubt (`judgeChallenger`). Rows up to the newest change,
 * which are taken again when an evaluation is made anew, change nothing any more.
 */
export function chooseChampion(
  before: Evaluation,
  { timestamp, scores }: ScoredRow,
  { series, models }: SeriesRules,
): Evaluation {
  const { pairs, tenure, serving, changes } = before
  if (timestamp <= (changes.at(-1)?.timestamp ?? '')) return before
  if (tenure.alarm === null && !hasDwelt(tenure.rows)) return before
  const names = models.map(({ name }) => name)
  const champion = championOf(serving, names)
  const losses = pairs.at(-1)?.losses
  if (champion === undefined || losses?.[champion] === undefined) return before
  const [best] = names
    .filter((name) => name !== champion && losses[name] !== undefined)
    .flatMap((name) => {
      const standing = judgeChallenger(pairs, { champion, challenger: name, tenure })
      return standing.kind === 'better' ? [{ name, standing }] : []
    })
    .toSorted((a, b) => b.standing.evidence.advantage - a.standing.evidence.advantage)
  if (best === undefined) return before
  const { name, standing } = best
  const { evidence, by: rule } = standing
  const version = scores.find(({ model, horizon }) => model === name && horizon === 0)?.version
  const kind = tenure.previous === name ? 'rolled-back' : 'promoted'
  const why = { from: champion, rule, ...evidence }
  const entry = { timestamp, kind, name, version: version ?? null, by: 'evaluate', why } as const
  return told(withAudit(withChampion(before, champion, name), entry), {
    series,
    ...entry,
    since: evidence.since,
  })
}

/** The evaluation with another champion, of whom nothing is known yet. */
export function withChampion(before: Evaluation, from: string | undefined, to: string): Evaluation {
  const { through } = before.serving
  return {
    ...before,
    serving: { ...before.serving, champion: to },
    tenure: { ...newTenure(), previous: from ?? null, since: through },
    changes: [...before.changes.slice(1 - CHANGES), { timestamp: through, from: from ?? null, to }],
  }
}

/** The evaluation with a version refused that was not; of a model's refusals the newest 100 are known. */
export function withRefusal(before: Evaluation, name: string, version: number): Evaluation {
  const others = refusedOf(before.serving.refused, name).filter((one) => one !== version)
  const refused = [...others.slice(1 - REFUSED), version]
  return {
    ...before,
    serving: { ...before.serving, refused: { ...before.serving.refused, [name]: refused } },
  }
}

/** The evaluation with one more decision in its trail. */
export function withAudit(before: Evaluation, entry: AuditEntry): Evaluation {
  return { ...before, audit: [...before.audit.slice(1 - AUDIT), entry] }
}

/** The evaluation with a decision that waits to be published, its numbers beside it. */
export function told(
  before: Evaluation,
  { why, ...row }: Omit<AuditEntry, 'by'> & { series: string; by: string; since: string | null },
): Evaluation {
  return { ...before, outbox: [...before.outbox, { ...why, ...row }] }
}

/** The versions of a model that are refused. */
export function refusedOf(refused: Readonly<Record<string, number[]>>, name: string): number[] {
  return Object.hasOwn(refused, name) ? (refused[name] ?? []) : []
}

/** The evaluation without a drift of this row, for which the version was to blame: nothing is to be fitted anew for it. */
function withoutDrift(before: Evaluation, name: string, timestamp: string): Evaluation {
  const { drifts, outbox } = before
  return {
    ...before,
    drifts: drifts.filter((drift) => drift.timestamp !== timestamp || drift.model !== name),
    outbox: outbox.filter(({ id }) => id !== driftId(name, timestamp)),
  }
}

function withRecord(before: Evaluation, name: string, record: VersionRecord): Evaluation {
  return { ...before, versions: { ...before.versions, [name]: record } }
}
