import { parseTimestamp } from '../../../functions/lib/timestamps.ts'

/** What people write where there is nothing to write. */
const MISSING = new Set(['', '-', '?', 'na', 'n/a', 'nan', 'null', 'none'])
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** The number in a cell; `missing` when there is nothing in it, `text` when there is something else. */
export function numberOf(cell: string): number | 'missing' | 'text' {
  const trimmed = cell.trim()
  if (MISSING.has(trimmed.toLowerCase())) return 'missing'
  const value = NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN
  return Number.isFinite(value) ? value : 'text'
}

/**
 * The time in a row's cells, milliseconds since the epoch; undefined when they hold none.
 *
 * One cell: ISO 8601, of which a date or a month will do, or seconds or milliseconds since the epoch, from 1973 on: a
 * smaller number is more likely something else. Two: a date, and an hour or a time of day. Without a zone, UTC is meant.
 */
export function timeOf(cells: readonly string[]): number | undefined {
  const [first = '', second] = cells.map((cell) => cell.trim())
  if (second !== undefined) return timeOfDate(first, second)
  if (/^\d{4}-\d{2}$/.test(first)) return parseTimestamp(`${first}-01`)
  return NUMBER.test(first) ? timeOfEpoch(Number(first)) : parseTimestamp(first)
}

const LEAST_SECONDS = 1e8
/** As seconds, in the year 5138. */
const LEAST_MILLISECONDS = 1e11
const LATEST = Date.parse('9999-12-31T23:59:59.999Z')

function timeOfEpoch(value: number): number | undefined {
  if (value < LEAST_SECONDS) return undefined
  const time = Math.round(value < LEAST_MILLISECONDS ? value * 1_000 : value)
  return time > LATEST ? undefined : time
}

function timeOfDate(date: string, ofDay: string): number | undefined {
  const midnight = parseTimestamp(date)
  if (midnight === undefined || midnight % 86_400_000 !== 0) return undefined
  const [, hour, minute = '00', second = '00'] = OF_DAY.exec(ofDay) ?? []
  if (hour === undefined) return undefined
  const day = new Date(midnight).toISOString().slice(0, 10)
  return parseTimestamp(`${day}T${hour.padStart(2, '0')}:${minute}:${second}`)
}

/** An hour from 0 to 23, or a time of day. */
const OF_DAY = /^(\d{1,2})(?:\.0+|:(\d{2})(?::(\d{2}(?:\.\d+)?))?)?$/
