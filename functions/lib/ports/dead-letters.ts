/** An event, or one row of an event, that could not be processed, with everything needed to send it again. */
export interface DeadLetter {
  source: string
  eventId: string
  type: string
  /** The timestamp of the rejected row as it was sent; empty when it had none and when the letter is a whole event. */
  rowTimestamp: string
  /** The address that refused it, or the function that rejected the row. */
  destination: string
  /** A short stable word, e.g. `timestamp-missing`, or the last HTTP status as text. */
  code: string
  reason: string
  /** HTTP headers of the event as they arrived, lower-cased names. */
  headers: Record<string, string>
  /** The event's data as it arrived, byte for byte. */
  data: Uint8Array
}

export interface StoredDeadLetter extends DeadLetter {
  /** Names the letter: a hash of source, event id, row timestamp, destination and data. */
  id: string
  /** ISO 8601, UTC; from the store's clock. Thirty days count from it. */
  storedAt: string
}

/**
 * Dead letters by what they are about: putting one again changes nothing, its first `storedAt` stays. Durable when
 * `put` resolves; rejects with a `RetryableError` when the store cannot be reached or written.
 */
export interface DeadLetters {
  put(letters: readonly DeadLetter[]): Promise<void>
  /** The newest letters first, at most `limit`. */
  list(limit: number): Promise<StoredDeadLetter[]>
}
