import { compareAfterDrift, comparePair } from './promotion-test.ts'
import type { PromotionVerdict } from './promotion-test.ts'

/** A new version of a model against the one that it took over from, on the rows it has predicted; plain JSON. */
export interface VersionTrial {
  version: number
  predecessor: number
  /** The first row that the version predicted. */
  since: string
  /** Absolute errors of both on the same rows, oldest first. */
  losses: number[]
  predecessorLosses: number[]
}

/** Which versions of a model predict; plain JSON. */
export interface VersionRecord {
  /** The highest version that has predicted. */
  highest: number
  /** The version that predicted last, of those that are not refused. */
  served: number
  /** Null as long as no version is new. */
  trial: VersionTrial | null
}

/** After so many rows without a refusal a version has proved itself. */
const PAIRS = 300
/** Fewer than usual, for the alarm says already that it is no chance. */
const PAIRS_AT_AN_ALARM = 5

/**
 * Takes note that a version has predicted a row. A version higher than all before is tried against the one that
 * predicted until then, unless `isExempt`: somebody wants that version whatever it does.
 */
export function followVersion(
  record: VersionRecord | undefined,
  { version, timestamp }: { version: number; timestamp: string },
  { isRefused, isExempt }: { isRefused: boolean; isExempt: boolean },
): VersionRecord {
  if (record === undefined) return { highest: version, served: version, trial: null }
  const served = isRefused ? record.served : version
  if (version <= record.highest) return { ...record, served }
  const trial = {
    version,
    predecessor: record.served,
    since: timestamp,
    losses: [],
    predecessorLosses: [],
  }
  return { highest: version, served, trial: isExempt || isRefused ? null : trial }
}

/** Takes note that a version is served from now on because somebody says so: nothing is tried any more. */
export function serveVersion(record: VersionRecord, version: number): VersionRecord {
  return { highest: Math.max(record.highest, version), served: version, trial: null }
}

/** Takes what the version under trial and its predecessor lost on a row. */
export function addTrialRow(
  trial: VersionTrial,
  { loss, predecessorLoss }: { loss: number; predecessorLoss: number },
): VersionTrial {
  return {
    ...trial,
    losses: [...trial.losses, loss],
    predecessorLosses: [...trial.predecessorLosses, predecessorLoss],
  }
}

/**
 * What a trial says so far: the version is refused when its predecessor would be promoted over it (`comparePair`), or
 * has less than half its loss on at least 20 rows (`compareAfterDrift`); after 300 rows it is accepted. On a drift alarm
 * in the version's losses 5 rows are enough: where the predecessor has not lost, the version is bad, not the world new.
 */
export function judgeTrial(
  { losses, predecessorLosses }: VersionTrial,
  { isAlarmed }: { isAlarmed: boolean },
): {
  kind: 'undecided' | 'accepted' | 'refused'
  verdict: PromotionVerdict
} {
  const pair = { champion: losses, challenger: predecessorLosses }
  const collapse = compareAfterDrift(pair, isAlarmed ? { minimum: PAIRS_AT_AN_ALARM } : {})
  for (const verdict of [collapse, comparePair(pair)]) {
    if (verdict.kind === 'better') return { kind: 'refused', verdict }
  }
  const kind = losses.length >= PAIRS ? 'accepted' : 'undecided'
  return { kind, verdict: comparePair(pair) }
}
