import type { StoredDeadLetter } from '../../../functions/lib/ports/dead-letters.ts'
import { isRowLetter } from '../dead-letters/resend.ts'

/** In a list, a letter's event is shown up to this size. */
export const MAX_LISTED_BYTES = 64 * 1024

/** A dead letter as the console answers it. */
export interface ShownLetter extends Omit<StoredDeadLetter, 'data'> {
  readonly of: 'event' | 'row'
  /** The status of the last answer; null when none came, and of a row. */
  readonly status: number | null
  /** How often it was tried; null: as often as its source does. */
  readonly attempts: number | null
  readonly ageSeconds: number
  /** Of its data, which is left out when it is large. */
  readonly bytes: number
  readonly data?: unknown
  readonly data_base64?: string
}

/**
 * A dead letter for people, at a time of the store's clock: its event as JSON where it is JSON, else as base64; only its
 * size when it is larger than `maxBytes`.
 */
export function shownLetter(letter: StoredDeadLetter, now: number, maxBytes: number): ShownLetter {
  const { data, ...rest } = letter
  const shown: ShownLetter = {
    ...rest,
    of: isRowLetter(letter) ? 'row' : 'event',
    status: statusOf(letter),
    attempts: attemptsOf(letter),
    ageSeconds: Math.max(0, Math.round((now - Date.parse(letter.storedAt)) / 1_000)),
    bytes: data.length,
  }
  if (data.length > maxBytes) return shown
  const json = parsedJson(data)
  return json === undefined
    ? { ...shown, data_base64: Buffer.from(data).toString('base64') }
    : { ...shown, data: json }
}

function statusOf({ headers }: StoredDeadLetter): number | null {
  const code = headers['ce-knativeerrorcode']
  return code === undefined ? null : Number(code)
}

/** A row is tried once, and so is an event whose answer is none that is retried. */
function attemptsOf(letter: StoredDeadLetter): number | null {
  if (isRowLetter(letter)) return 1
  // What a function of ours answers once its own fault has come so often; the source's tries before.
  if (letter.code === 'handler-failed') return FAILED_TRIES
  const status = statusOf(letter)
  if (status === null || status >= 500 || RETRIED.has(status)) return null
  return 1
}

const FAILED_TRIES = 3
/** Beside 5xx. */
const RETRIED: ReadonlySet<number> = new Set([404, 408, 409, 429])

/** Undefined also for bytes that are not UTF-8: they are shown as they are. */
function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
