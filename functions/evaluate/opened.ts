import {
  newEvaluation,
  parseDecisions,
  parseEvaluation,
} from '../lib/models/evaluation-document.ts'
import type { Evaluation } from '../lib/models/evaluation-document.ts'
import { evaluationId } from '../lib/models/serving-pointers.ts'
import type { Log } from '../lib/ports/log.ts'
import { startedAnew } from './evaluate.ts'
import type { SeriesRules } from './evaluate.ts'

/** An evaluation to go on with; one that was damaged is to be put even if nothing else changes it. */
interface Opened {
  evaluation: Evaluation
  isRepaired: boolean
}

/**
 * The evaluation in a document, or a new one where there is none.
 *
 * A damaged document, or one of before a field was added, is an error in the log: what was decided stays where it is
 * sound, and all else is counted again from the stored scores. Refusing it would make a dead letter of every score
 * event of the series until somebody deletes the document, and the decisions with it.
 */
export function opened(log: Log, rules: SeriesRules, document: unknown): Opened {
  const { series, season } = rules
  if (document === undefined) return { evaluation: newEvaluation(season), isRepaired: false }
  try {
    return { evaluation: parseEvaluation(document), isRepaired: false }
  } catch (error) {
    const decisions = parseDecisions(document)
    const lost = Object.entries(decisions).filter(([, part]) => part === undefined)
    log(
      'error',
      `state document "${evaluationId(series)}" is damaged: it is made anew from the stored scores`,
      {
        series,
        error: error instanceof Error ? error.message : String(error),
        lost: lost.map(([name]) => name),
      },
    )
    const fresh = newEvaluation(season)
    const kept: Evaluation = {
      ...fresh,
      serving: decisions.serving ?? fresh.serving,
      changes: decisions.changes ?? [],
      audit: decisions.audit ?? [],
      commands: decisions.commands ?? [],
      outbox: decisions.outbox ?? [],
    }
    return { evaluation: startedAnew(kept, rules), isRepaired: true }
  }
}
