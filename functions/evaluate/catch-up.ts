import type { Score } from '../lib/events.ts'
import { scoreKey } from '../lib/models/evaluation-document.ts'
import type { Evaluation } from '../lib/models/evaluation-document.ts'
import { isFromBeforeBeginning } from '../lib/models/event-order.ts'
import { hasTimestamp, newTimestampSet } from '../lib/models/timestamp-set.ts'
import type { Models } from '../lib/ports/models.ts'
import type { Rows } from '../lib/ports/rows.ts'
import type { Scores } from '../lib/ports/scores.ts'
import type { ScoreKey } from '../lib/row-events.ts'
import { timestampKey } from '../lib/timestamps.ts'
import type { Changed } from './evaluation-states.ts'
import { countLateComers, startedAnew, withMargins } from './evaluate.ts'
import type { SeriesRules } from './evaluate.ts'
import { withoutOldestOthers } from './others.ts'
import { readPredecessors } from './predecessors.ts'
import type { Bodies } from './predecessors.ts'
import { turnOf, withRows } from './take-rows.ts'

interface Needs {
  scores: Scores
  rows: Rows
  models: Models
  bodies: Bodies
}

const PIECE = 1_000
/** A request that takes more would run into its time limit with nothing written. */
const PIECES_A_TURN = 10

/**
 * The evaluation with all scores taken that are stored and whose turn it is; the same when there is none. `hints` are
 * the scores that an event told of: of rows that were passed already, they say where to look. Not all are taken
 * (`isAll`) when there are very many: what was taken is to be written first.
 */
export async function caughtUp(
  needs: Needs,
  before: Evaluation,
  rules: SeriesRules,
  hints: readonly ScoreKey[],
): Promise<Changed> {
  const passed = hints.filter((hint) => isUncounted(before, hint, rules.cadence))
  const lateComers = await scoresOf(needs.scores, rules.series, passed)
  const { taken, rows: count } = before
  const isFalseStart = lateComers.some(({ timestamp }) => {
    const through = before.serving.through ?? timestamp
    return isFromBeforeBeginning(timestamp, { taken, count, through }, rules)
  })
  let evaluation = isFalseStart
    ? startedAnew(before, rules)
    : withoutOldestOthers(countLateComers(before, lateComers, rules), rules)
  let waiting: Score[] = []
  let after = evaluation.serving.through
  let isAll = false
  for (let pieces = 0; pieces < PIECES_A_TURN && !isAll; pieces += 1) {
    const piece = await needs.scores.after(rules.series, after, PIECE)
    isAll = new Set(piece.map(({ timestamp }) => timestamp)).size < PIECE
    after = piece.at(-1)?.timestamp ?? after
    const turn = turnOf(evaluation, [...waiting, ...piece], rules)
    waiting = turn.waiting
    if (turn.taken.length === 0) continue
    const ask = await readPredecessors(needs, evaluation, turn.taken, rules)
    evaluation = withMargins(withRows(evaluation, turn.taken, rules, ask))
  }
  // Rows that wait are all there is to say when even so many pieces gave no turn to any of them.
  return { evaluation, isAll: isAll || evaluation === before }
}

/** Whether an event told of a score that was not counted although its row was passed. */
function isUncounted(
  { serving, horizons }: Evaluation,
  { timestamp, model, horizon }: ScoreKey,
  cadence: number,
): boolean {
  if (serving.through === null || timestamp > serving.through) return false
  const counted = horizons[scoreKey(model, horizon)]?.counted ?? newTimestampSet()
  return hasTimestamp(counted, timestamp, cadence) === false
}

/** What is stored of the rows that hints are about. */
async function scoresOf(
  scores: Scores,
  series: string,
  hints: readonly ScoreKey[],
): Promise<Score[]> {
  const wanted = [...new Set(hints.map(({ timestamp }) => timestamp))].toSorted()
  const found: Score[] = []
  let left = wanted
  for (let [first] = left; first !== undefined; [first] = left) {
    const before = timestampKey(Date.parse(first) - 1)
    const piece = await scores.after(series, before, left.length)
    const asked = new Set(left)
    found.push(...piece.filter(({ timestamp }) => asked.has(timestamp)))
    const reached = piece.at(-1)?.timestamp
    left = reached === undefined ? [] : left.filter((timestamp) => timestamp > reached)
  }
  return found
}
