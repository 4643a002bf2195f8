import type { Score } from '../lib/events.ts'
import type { Evaluation } from '../lib/models/evaluation-document.ts'
import { takeInOrder } from '../lib/models/event-order.ts'
import { chooseChampion, tryVersions } from './decisions.ts'
import type { AskVersion } from './decisions.ts'
import { countRow, scoredRows } from './evaluate.ts'
import type { ScoredRow, SeriesRules } from './evaluate.ts'
import { withoutOldestOthers } from './others.ts'

/** The rows that are to be taken now, and those that wait for others. */
export interface Turn {
  taken: ScoredRow[]
  waiting: Score[]
}

/**
 * Which of the rows after the newest one taken are taken now, given all scores of them in order of time.
 *
 * A row is ready when it has scores of the declared models that the row before it has: they may come one after the
 * other. A model that says nothing more holds up one row, for the grace; one from outside holds up none.
 */
export function turnOf(
  { serving, expected }: Pick<Evaluation, 'serving' | 'expected'>,
  scores: readonly Score[],
  { models: declared, cadence, grace }: SeriesRules,
): Turn {
  let waiting = scoredRows(scores)
  let through = serving.through
  let models = expected
  const taken: ScoredRow[] = []
  for (;;) {
    const awaited = declared.filter(({ name }) => models.includes(name))
    const isReady = (row: ScoredRow): boolean =>
      awaited.every(({ name }) => row.scores.some(({ model }) => model === name))
    const next = takeInOrder(waiting, through, { cadence, grace }, isReady)
    const last = next.at(-1)
    if (last === undefined) break
    taken.push(...next)
    waiting = waiting.slice(waiting.indexOf(last) + 1)
    through = last.timestamp
    models = [...new Set(last.scores.map(({ model }) => model))]
  }
  return { taken, waiting: waiting.flatMap((row) => row.scores) }
}

/** The evaluation with rows taken, one after the other, and what follows from each decided. */
export function withRows(
  before: Evaluation,
  taken: readonly ScoredRow[],
  rules: SeriesRules,
  ask: AskVersion,
): Evaluation {
  let evaluation = before
  for (const row of taken) {
    evaluation = withoutOldestOthers(countRow(evaluation, row, rules), rules)
    evaluation = tryVersions(evaluation, row, rules, ask)
    evaluation = chooseChampion(evaluation, row, rules)
  }
  return evaluation
}
