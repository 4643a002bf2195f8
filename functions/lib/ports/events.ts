import type { OutgoingEvent } from '../events.ts'

/**
 * Where a function's events go.
 *
 * `publish` resolves when every event is durable in its topic, and rejects with a `RetryableError` when that is not
 * certain: some of them may be there then. Repeating a publish is allowed: an event's id is a hash of its type, subject
 * and contents, so the repeated event has the same id. An event over 1,000 rows or 900 kB is split, in order; one with
 * a row that alone is larger is refused with a `RejectedError`.
 */
export interface Events {
  publish(events: readonly OutgoingEvent[]): Promise<void>
  close(): Promise<void>
}
