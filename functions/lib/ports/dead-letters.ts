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
  /**
   * HTTP headers of the event as they arrived, lower-cased names. Of a rejected row: those of an event of its own
   * around it, as far as they are known, and none when what is kept cannot be sent again.
   */
  headers: Record<string, string>
  /** The event's data as it arrived, byte for byte. */
  data: Uint8Array
}

export interface StoredDeadLetter extends DeadLetter {
  /** Names the letter: a hash of source, event id, row timestamp, destination and data. */
  id: string
  /** ISO 8601, UTC; from the store's clock. Thirty days count from it. */
  storedAt: string
  /** Undefined until the letter was sent again and taken. */
  redriven: Redriven | undefined
}

/** That a letter was sent again and taken. */
export interface Redriven {
  /** The last time; ISO 8601, UTC, from the store's clock. */
  at: string
  times: number
  /** What the last one was answered, in a few words. */
  answer: string
}

/**
 * Dead letters by what they are about: putting one again changes nothing, its first `storedAt` and its mark stay.
 * Durable when `put` and `markRedriven` resolve; all reject with a `RetryableError` when the store cannot be reached.
 */
export interface DeadLetters {
  put(letters: readonly DeadLetter[]): Promise<void>
  /** The newest letters first, at most `limit`: of all, or of those that follow the last one of an earlier list. */
  list(
    limit: number,
    after?: Pick<StoredDeadLetter, 'id' | 'storedAt'>,
  ): Promise<StoredDeadLetter[]>
  find(id: string): Promise<StoredDeadLetter | undefined>
  /** Notes that a letter was sent again and taken; answers what is noted then, undefined when there is no such letter. */
  markRedriven(id: string, answer: string): Promise<Redriven | undefined>
}
