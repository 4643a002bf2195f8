import { bounded } from './limits.ts'
import { compareAfterDrift, comparePair, hasDwelt } from './promotion-test.ts'
import type { PairedLosses, PromotionVerdict } from './promotion-test.ts'

/** What models and baselines lost on one row: absolute errors of predictions of its own moment. Plain JSON. */
export interface PairedRow {
  timestamp: string
  losses: Record<string, number>
  /** Null as long as a baseline has nothing to say. */
  naive: number | null
  seasonal: number | null
}

/** How a champion came into office; plain JSON. */
export interface Tenure {
  /** Who was champion before; null: nobody. */
  previous: string | null
  /** The newest row when it became champion; null: it was so from the beginning. */
  since: string | null
  /** Rows taken since. */
  rows: number
  /** The newest drift alarm of the series that has not changed the champion; null: none. */
  alarm: string | null
}

/** The numbers that decide, and from which row on they were counted. */
interface Evidence {
  since: string | null
  pairs: number
  championLoss: number
  challengerLoss: number
  advantage: number
  standardError: number
  naiveLoss: number | null
  seasonalLoss: number | null
}

/** Whether a challenger is to become champion, and if not, why not. */
export type Standing =
  | { kind: 'better'; by: 'margin' | 'collapse'; evidence: Evidence }
  | {
      kind: 'not-better'
      why: 'too-few' | 'margin' | 'chance' | 'dwell' | 'naive' | 'seasonal-naive'
      evidence: Evidence
    }

/** The fast way is for what a drift did: later the usual test has pairs enough. */
const PAIRS_OF_AN_ALARM = 200

/** The champion of a series: the one that was chosen, if it is declared for it, else the model declared first. */
export function championOf(
  { champion }: { readonly champion: string | null },
  declared: readonly string[],
): string | undefined {
  return declared.find((name) => name === champion) ?? declared[0]
}

/** A champion of whom nothing is known yet. */
export function newTenure(): Tenure {
  return { previous: null, since: null, rows: 0, alarm: null }
}

/**
 * Judges a challenger on the rows since the champion came into office, oldest first, that both have predicted: by
 * `comparePair` once the champion has dwelt, or by `compareAfterDrift` on the rows since the newest alarm at any time.
 *
 * Whoever does not lose less than the naive forecast and, where there is one, the seasonal naive forecast on these
 * rows is not better, however bad the champion is.
 */
export function judgeChallenger(
  pairs: readonly PairedRow[],
  { champion, challenger, tenure }: { champion: string; challenger: string; tenure: Tenure },
): Standing {
  const { alarm, since } = tenure
  if (alarm !== null) {
    const rows = bothOf(pairs, champion, challenger, (timestamp) => timestamp >= alarm)
    if (rows.length <= PAIRS_OF_AN_ALARM) {
      const verdict = compareAfterDrift(lossesOf(rows, champion, challenger))
      if (verdict.kind === 'better') return againstBaselines(verdict, rows, challenger)
    }
  }
  const isSince = (timestamp: string): boolean => since === null || timestamp > since
  const rows = bothOf(pairs, champion, challenger, isSince)
  const verdict = comparePair(lossesOf(rows, champion, challenger))
  const evidence = evidenceOf(verdict, rows)
  if (verdict.kind === 'not-better') return { kind: 'not-better', why: verdict.why, evidence }
  if (!hasDwelt(tenure.rows)) return { kind: 'not-better', why: 'dwell', evidence }
  return againstBaselines(verdict, rows, challenger)
}

function againstBaselines(
  verdict: PromotionVerdict & { kind: 'better' },
  rows: readonly PairedRow[],
  challenger: string,
): Standing {
  const evidence = evidenceOf(verdict, rows)
  for (const [baseline, why] of [
    ['naive', 'naive'],
    ['seasonal', 'seasonal-naive'],
  ] as const) {
    const known = rows.filter((row) => row[baseline] !== null)
    const theirs = meanOf(known.map((row) => row[baseline] ?? 0))
    const own = meanOf(known.map(({ losses }) => losses[challenger] ?? 0))
    if (theirs !== null && own !== null && !(own < theirs)) {
      return { kind: 'not-better', why, evidence }
    }
  }
  return { kind: 'better', by: verdict.by, evidence }
}

function bothOf(
  pairs: readonly PairedRow[],
  champion: string,
  challenger: string,
  isIn: (timestamp: string) => boolean,
): PairedRow[] {
  return pairs.filter(
    ({ timestamp, losses }) =>
      losses[champion] !== undefined && losses[challenger] !== undefined && isIn(timestamp),
  )
}

function lossesOf(rows: readonly PairedRow[], champion: string, challenger: string): PairedLosses {
  return {
    champion: rows.map(({ losses }) => losses[champion] ?? 0),
    challenger: rows.map(({ losses }) => losses[challenger] ?? 0),
  }
}

function evidenceOf({ comparison }: PromotionVerdict, rows: readonly PairedRow[]): Evidence {
  return {
    since: rows[0]?.timestamp ?? null,
    ...comparison,
    naiveLoss: meanOf(rows.flatMap(({ naive }) => naive ?? [])),
    seasonalLoss: meanOf(rows.flatMap(({ seasonal }) => seasonal ?? [])),
  }
}

function meanOf(losses: readonly number[]): number | null {
  if (losses.length === 0) return null
  return losses.reduce((sum, loss) => sum + bounded(loss), 0) / losses.length
}
