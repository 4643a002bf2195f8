/** Timestamps from the first to the last, one cadence after the other. */
type Stretch = [first: string, last: string]

/**
 * The newest timestamps of a series that something was done with; plain JSON, small as long as the series is regular.
 * Of those up to `forgottenThrough` nothing is known any more.
 */
export interface TimestampSet {
  forgottenThrough: string | null
  /** Oldest first. */
  stretches: Stretch[]
}

const MOST_STRETCHES = 500

export function newTimestampSet(): TimestampSet {
  return { forgottenThrough: null, stretches: [] }
}

/** Whether a timestamp is in the set; undefined when it is so old that nobody knows. */
export function hasTimestamp(
  { forgottenThrough, stretches }: TimestampSet,
  timestamp: string,
  cadence: number,
): boolean | undefined {
  if (forgottenThrough !== null && timestamp <= forgottenThrough) return undefined
  return stretches.some(
    ([first, last]) =>
      timestamp >= first &&
      timestamp <= last &&
      (timestamp === last || (Date.parse(timestamp) - Date.parse(first)) % cadence === 0),
  )
}

/** The set with one timestamp more. When there are too many stretches the oldest is forgotten. */
export function withTimestamp(set: TimestampSet, timestamp: string, cadence: number): TimestampSet {
  if (hasTimestamp(set, timestamp, cadence) !== false) return set
  const place = set.stretches.findLastIndex(([first]) => first < timestamp) + 1
  const before = set.stretches[place - 1]
  const after = set.stretches[place]
  const follows = before !== undefined && isNext(before[1], timestamp, cadence)
  const leads = after !== undefined && isNext(timestamp, after[0], cadence)
  const joined: Stretch = [follows ? before[0] : timestamp, leads ? after[1] : timestamp]
  const stretches = set.stretches.toSpliced(
    follows ? place - 1 : place,
    Number(follows) + Number(leads),
    joined,
  )
  const oldest = stretches[0]
  if (stretches.length <= MOST_STRETCHES || oldest === undefined) return { ...set, stretches }
  return { forgottenThrough: oldest[1], stretches: stretches.slice(1) }
}

function isNext(earlier: string, later: string, cadence: number): boolean {
  return Date.parse(later) - Date.parse(earlier) === cadence
}
