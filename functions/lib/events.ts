/** A CloudEvent as a handler meets it: attributes are strings, data is parsed JSON, or bytes, or undefined. */
export interface IncomingEvent {
  id: string
  source: string
  type: string
  subject: string | undefined
  time: string | undefined
  /** Extension attributes by their lower-case name, e.g. `partitionkey`. */
  extensions: Readonly<Record<string, string>>
  data: unknown
}

/** The topic of each event type that functions publish. */
export const TOPICS = {
  'dev.nowcast.features': 'mltest',
  'dev.nowcast.target': 'mltest',
  'dev.nowcast.prediction': 'mltest',
  'dev.nowcast.row': 'mlrows',
  'dev.nowcast.error': 'mlscore',
  'dev.nowcast.model': 'mlmodel',
  'dev.nowcast.rejected': 'mldead',
} as const

export type EventType = keyof typeof TOPICS

/** An event to publish: rows of one type, of one series (`series`) or, each naming its own, of many. */
export interface OutgoingEvent {
  type: EventType
  /** The series of every row, or undefined when the rows name theirs. */
  series: string | undefined
  /** Decides the partition; undefined leaves the choice to the producer. */
  partitionKey: string | undefined
  rows: readonly object[]
}

/** What one model said of a row before its target was known. */
export interface Prediction {
  prediction: number
  version: number
  /** Bounds of the interval at `level`, where the model gives one. */
  lower: number | null
  upper: number | null
  level: number | null
  /** The newest row the model had learnt; null if it had learnt none, absent if its producer did not say. */
  trainedThrough?: string | null
  stateRevision?: number
  champion: boolean
}

/** Something to add to a stored row. */
export interface RowPatch {
  series: string
  /** UTC with three decimals: the row's key. */
  timestamp: string
  features?: Record<string, number>
  target?: number
  predictions?: Record<string, Prediction>
}

/** A row as it is stored: everything that has arrived for (series, timestamp) so far. */
export interface StoredRow {
  series: string
  timestamp: string
  features: Record<string, number>
  target?: number
  predictions: Record<string, Prediction>
}

/** What made persist publish a row. */
export type Cause = 'features' | 'target' | 'prediction'

/** A row of `dev.nowcast.row`. */
export interface RowEventRow extends StoredRow {
  cause: Cause
}

/** The error of one model's prediction of one row: `error = ytrue_ - ypred_`. */
export interface Score {
  series: string
  timestamp: string
  model: string
  version: number
  horizon: number
  /** The timestamp of the newest row the prediction was made from. */
  origin: string
  error: number
  ypred_: number
  ytrue_: number
  lower: number | null
  upper: number | null
  level: number | null
  trainedThrough?: string | null
  stateRevision?: number
  /** Made by a model that may have learnt the row: it never counts. */
  late: boolean
}

/** A row that was refused, and why. */
export interface Rejection {
  row: unknown
  /** The row is as it was sent, so that it can be sent again. */
  isAsSent?: true
  code: string
  reason: string
}

export const DEFAULT_SERIES = 'mltest'
export const PLAIN_RECORD = 'dev.knative.kafka.event'

/**
 * The events of one type that an incoming event gives: one, or none without rows.
 *
 * The rows name their series; when they are all of one series the event names it instead, except for rows that travel
 * as they are stored. The partition key is the input's, so that what belongs together stays in one partition; a plain
 * record's key says what it is, not where it belongs, so the series stands in for it.
 */
export function outgoing(
  type: EventType,
  rows: readonly { readonly series: string }[],
  input: IncomingEvent,
): OutgoingEvent[] {
  const [first, ...others] = rows
  if (first === undefined) return []
  const series = others.every((row) => row.series === first.series) ? first.series : undefined
  const key = input.type === PLAIN_RECORD ? undefined : input.extensions['partitionkey']
  const bare = series !== undefined && type !== 'dev.nowcast.row'
  return [
    {
      type,
      series,
      partitionKey: key ?? series,
      rows: bare ? rows.map(({ series: _series, ...row }) => row) : rows,
    },
  ]
}

/** The refused rows of an event, each with its reason, on their way to the dead letters. */
export function rejectedEvents(
  functionName: string,
  rejections: readonly Rejection[],
  event: IncomingEvent,
): OutgoingEvent[] {
  if (rejections.length === 0) return []
  const { id, source, extensions } = event
  const sentIn = carrier(event)
  return [
    {
      type: 'dev.nowcast.rejected',
      series: undefined,
      partitionKey: extensions['partitionkey'],
      rows: rejections.map(({ row, isAsSent, code, reason }) => {
        const about = { code, function: functionName, eventId: id, eventSource: source }
        if (isKept(row)) return { row, reason, ...about, ...(isAsSent && { sentIn }) }
        const tooLarge = `${reason} (the row itself is too large to be kept)`
        return { row: timestampOf(row), reason: tooLarge, ...about }
      }),
    },
  ]
}

/** What an event of its own around a row of this event needs, e.g. to send the row again. */
function carrier({ type, subject, extensions }: IncomingEvent): Record<string, string | undefined> {
  // What a plain record is, its key says; its subject is its place in the topic.
  if (type === PLAIN_RECORD) return { type: `dev.nowcast.${extensions['key']}` }
  return { type, series: subject, partitionKey: extensions['partitionkey'] }
}

/** As much of a refused row as goes into one dead letter, in characters of JSON. */
const MAX_REJECTED = 100_000

/** A refused row may be anything, also larger than a record or nested deeper than it can be written. */
function isKept(row: unknown): boolean {
  try {
    return (JSON.stringify(row) ?? '').length <= MAX_REJECTED
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return false
  }
}

function timestampOf(row: unknown): { timestamp?: string } {
  const timestamp: unknown =
    typeof row === 'object' && row !== null ? Reflect.get(row, 'timestamp') : undefined
  return typeof timestamp === 'string' ? { timestamp: timestamp.slice(0, 100) } : {}
}
