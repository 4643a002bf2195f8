import { RejectedError } from '../lib/errors.ts'
import { DEFAULT_SERIES } from '../lib/events.ts'
import type { IncomingEvent } from '../lib/events.ts'
import type { Events } from '../lib/ports/events.ts'
import type { Log } from '../lib/ports/log.ts'
import { isRecord, parseSeries } from '../lib/row-events.ts'
import { parseTimestamp, timestampKey } from '../lib/timestamps.ts'
import { simulate } from './simulate.ts'

const MAX_COUNT = 100_000
const LAST_SECOND = Date.UTC(9999, 11, 31, 23, 59, 59) / 1_000

interface Needs {
  events: Events
  log: Log
}

/**
 * Publishes the samples of a tick: features and target of each second as two events, rows batched.
 *
 * The event's data may say `seed`, `series`, `count` (how many seconds, default 1) and `from` (the first, default the
 * event's time), so the same event always gives the same samples, with the same ids.
 */
export const onTick =
  ({ events, log }: Needs) =>
  async (event: IncomingEvent): Promise<void> => {
    const { seed, series, count, first } = parseRequest(event)
    const samples = Array.from({ length: count }, (_, index) => simulate(seed, first + index))
    const timed = samples.map(({ second, features, target }) => {
      return { timestamp: timestampKey(second * 1_000), features, target }
    })
    await events.publish([
      {
        type: 'dev.nowcast.features',
        series,
        partitionKey: series,
        rows: timed.map(({ timestamp, features }) => ({ timestamp, ...features })),
      },
      {
        type: 'dev.nowcast.target',
        series,
        partitionKey: series,
        rows: timed.map(({ timestamp, target }) => ({ timestamp, target })),
      },
    ])
    if (count > 1) log('info', 'simulated', { id: event.id, series, count })
  }

interface Request {
  seed: number
  series: string
  count: number
  /** Seconds since the epoch. */
  first: number
}

function parseRequest({ data = {}, time }: IncomingEvent): Request {
  if (!isRecord(data)) {
    throw new RejectedError('not-an-object', 'the data is no object such as {"count": 100}')
  }
  const { seed = 0, series = DEFAULT_SERIES, count = 1, from = time, ...others } = data
  const unknown = Object.keys(others)
  if (unknown.length > 0) {
    throw new RejectedError(
      'name-unknown',
      `unknown: ${unknown.slice(0, 5).join(', ')}; known are seed, series, count and from`,
    )
  }
  const start = parseTimestamp(from)
  if (start === undefined) {
    throw new RejectedError(
      'timestamp-missing',
      'no ISO 8601 timestamp to begin at: give "from", or an event with a time',
    )
  }
  const first = Math.floor(start / 1_000)
  const samples = whole('count', count, 1, MAX_COUNT)
  if (first + samples - 1 > LAST_SECOND) {
    throw new RejectedError('timestamp-unreadable', 'the samples would go on after the year 9999')
  }
  return { seed: whole('seed', seed), series: parseSeries(series), count: samples, first }
}

function whole(
  name: string,
  value: unknown,
  least = 0,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
    return value
  }
  throw new RejectedError('not-a-number', `${name} is no whole number from ${least} to ${most}`)
}
