/**
 * What the console's own server sent, as it sent it.
 *
 * @template T
 * @param {unknown} data
 * @returns {T}
 */
export function parsed(data) {
  return JSON.parse(String(data))
}
