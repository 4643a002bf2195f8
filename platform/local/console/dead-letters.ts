import type { StoredDeadLetter } from '../../../functions/lib/ports/dead-letters.ts'

/** A letter's event is shown up to this size. */
const MAX_SHOWN_BYTES = 64 * 1024

/** A dead letter for people: its event as JSON where it is JSON, else as base64; only its size when it is large. */
export function shownLetter({ data, ...letter }: StoredDeadLetter): object {
  const bytes = data.length
  if (bytes > MAX_SHOWN_BYTES) return { ...letter, bytes }
  const json = parsedJson(data)
  return json === undefined
    ? { ...letter, bytes, data_base64: Buffer.from(data).toString('base64') }
    : { ...letter, bytes, data: json }
}

/** Undefined also for bytes that are not UTF-8: they are shown as they are. */
function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
