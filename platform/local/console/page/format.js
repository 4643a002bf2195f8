/**
 * A figure in about four digits, whatever its size.
 *
 * @param {number | null | undefined} value
 */
export function figure(value) {
  if (value === null || value === undefined) return '–'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(2)
  if (size >= 100) return whole(Math.round(value))
  return value.toPrecision(3)
}

/**
 * A score with six decimals, cut and not rounded: what is less than 1 never looks like 1.
 *
 * @param {number} value
 */
export function score(value) {
  return (Math.floor(value * 1e6) / 1e6).toFixed(6)
}

/** @param {number} value */
export function whole(value) {
  return value.toLocaleString('en-GB')
}

/**
 * The time of day of an ISO 8601 timestamp, UTC.
 *
 * @param {string} timestamp
 */
export function timeOfDay(timestamp) {
  return timestamp.slice(11, 19)
}

/**
 * @param {string} timestamp
 */
export function dateAndTime(timestamp) {
  return `${timestamp.slice(0, 10)} ${timeOfDay(timestamp)}`
}
