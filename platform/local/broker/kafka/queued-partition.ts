import type { LogRecord } from '../../log/event-log.ts'
import { trackOffsets } from '../../parts/kafka-source/offsets.ts'
import type { ConsumedPartition } from '../broker.ts'

/** A partition whose records were fetched and wait in memory to be delivered. */
export interface QueuedPartition extends ConsumedPartition {
  /** Takes fetched records. Throws when they begin before those it has: the group must be joined anew then. */
  push(records: readonly LogRecord[]): void
  /** The offset to commit next: undefined when nothing has been done since the last commit. */
  due(): number | undefined
  /** This offset is committed. */
  committed(offset: number): void
  /** Records before `end` that are not done; undefined before the first was fetched. */
  unfinished(end: number): number | undefined
}

export interface Flow {
  /** Enough waits: fetch no more of this partition. */
  pause(): void
  resume(): void
}

/** A partition is not fetched further while it holds so much; what is fetched at once comes on top. */
const PAUSE_RECORDS = 5_000
const PAUSE_BYTES = 4 * 1024 * 1024

export function queuedPartition(topic: string, partition: number, flow: Flow): QueuedPartition {
  const tracker = trackOffsets(0)
  let queue: LogRecord[] = []
  let bytes = 0
  let fetchedTo: number | undefined
  let lastCommitted = 0
  let isPaused = false

  return {
    topic,
    partition,
    tracker,
    push(records) {
      const [first] = records
      if (first === undefined) return
      if (fetchedTo === undefined) {
        tracker.skipTo(first.offset)
        lastCommitted = first.offset
      } else if (first.offset < fetchedTo) {
        throw new Error(`${topic}/${partition} was read from ${first.offset} again`)
      }
      fetchedTo = (records.at(-1) ?? first).offset + 1
      queue.push(...records)
      bytes += records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
      if (!isPaused && (queue.length >= PAUSE_RECORDS || bytes >= PAUSE_BYTES)) {
        isPaused = true
        flow.pause()
      }
    },
    read(limit) {
      // What was read has begun or will never: the consumer begins each, in order, before it reads on.
      const next = queue.slice(0, limit)
      queue = queue.slice(limit)
      bytes -= next.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
      if (isPaused && queue.length < PAUSE_RECORDS / 2 && bytes < PAUSE_BYTES / 2) {
        isPaused = false
        flow.resume()
      }
      return next
    },
    due() {
      const offset = tracker.committable()
      return offset > lastCommitted ? offset : undefined
    },
    committed(offset) {
      lastCommitted = Math.max(lastCommitted, offset)
    },
    unfinished: (end) => (fetchedTo === undefined ? undefined : tracker.unfinished(end)),
  }
}
