const ISO_8601 =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i

/**
 * Reads an ISO 8601 timestamp as milliseconds since the epoch, or undefined if it is none.
 *
 * A timestamp without a zone means UTC; a date alone is its midnight; a space may stand for the `T`; what is finer
 * than a millisecond is cut off. A day or an hour that does not exist is no timestamp.
 */
export function parseTimestamp(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined
  const match = ISO_8601.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone] = match
  const offset = offsetMinutes(zone)
  if (offset === undefined) return undefined
  const milliseconds = fraction.padEnd(3, '0').slice(0, 3)
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`
  const time = Date.parse(local)
  if (Number.isNaN(time) || new Date(time).toISOString() !== local) return undefined
  const utc = time - offset * 60_000
  return utc < MIN_TIME || utc > MAX_TIME ? undefined : utc
}

/** The key of a row at this time: UTC with three decimals, so that keys sort as times do. */
export function timestampKey(time: number): string {
  return new Date(time).toISOString()
}

const MIN_TIME = Date.parse('0000-01-01T00:00:00.000Z')
const MAX_TIME = Date.parse('9999-12-31T23:59:59.999Z')

function offsetMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || '0')
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

const ISO_DURATION = /^P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/

/** Reads an ISO 8601 duration of days, hours, minutes and seconds (`PT5M`) as milliseconds; undefined if it is none. */
export function parseDuration(text: string): number | undefined {
  const match = ISO_DURATION.exec(text)
  if (match === null || text === 'P') return undefined
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match
  const total = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)
  return Math.round(total * 1_000)
}
