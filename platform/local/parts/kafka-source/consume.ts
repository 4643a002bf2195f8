import type { ConsumedPartition } from '../../broker/broker.ts'
import type { LogRecord } from '../../log/event-log.ts'
import { createBell } from '../bell.ts'

/** What consuming needs of the source. */
export interface ConsumerNeeds {
  readonly partitions: readonly ConsumedPartition[]
  /** Delivers a record; resolves once it is done or the source stops. */
  readonly handle: (record: LogRecord, from: ConsumedPartition) => Promise<void>
  /** Fires when no new record may begin. */
  readonly stopping: AbortSignal
  /** Something failed that must not: the partitions are not read any more, or a record stays unfinished. */
  readonly onBroken: (partitions: readonly ConsumedPartition[], error: unknown) => void
}

/** A consumer that runs. */
export interface Consumer {
  /** Tells it that there may be new records. */
  readonly wake: () => void
  /** Resolves once it has stopped and nothing is in flight. */
  readonly ended: Promise<void>
}

/** `max.poll.records` of Knative's dispatcher. */
const POLL_RECORDS = 50

/** Reads nothing. */
export function consumeNothing(): Consumer {
  return { wake: () => undefined, ended: Promise.resolve() }
}

/** One worker a partition, one record in flight each: a record that is tried again holds up its partition. */
export function consumeOrdered(needs: ConsumerNeeds): Consumer {
  const { partitions, handle, stopping, onBroken } = needs
  const bell = createBell()
  stopping.addEventListener('abort', bell.ring, { once: true })

  async function work(partition: ConsumedPartition): Promise<void> {
    try {
      while (!stopping.aborted) {
        const records = partition.read(POLL_RECORDS)
        if (records.length === 0) await bell.rung()
        for (const record of records) {
          if (stopping.aborted) return
          await handle(record, partition)
        }
      }
    } catch (error) {
      onBroken([partition], error)
    }
  }

  const ended = Promise.all(partitions.map(work)).then(() => undefined)
  return { wake: bell.ring, ended }
}

/**
 * All partitions together, in no order: below 50 records in flight it takes up to 50 more, as Knative's dispatcher
 * does, so there are at most 99. Partitions take turns at being read first.
 */
export function consumeUnordered(needs: ConsumerNeeds): Consumer {
  const { partitions, handle, stopping, onBroken } = needs
  const idle = createBell()
  const work = createBell()
  let inFlight = 0
  let turn = 0

  function poll(): { record: LogRecord; partition: ConsumedPartition }[] {
    const first = turn++ % partitions.length
    const polled: ReturnType<typeof poll> = []
    for (const partition of [...partitions.slice(first), ...partitions.slice(0, first)]) {
      const records = partition.read(POLL_RECORDS - polled.length)
      polled.push(...records.map((record) => ({ record, partition })))
      if (polled.length === POLL_RECORDS) break
    }
    return polled
  }

  async function start(record: LogRecord, partition: ConsumedPartition): Promise<void> {
    inFlight++
    try {
      await handle(record, partition)
    } catch (error) {
      onBroken([partition], error)
    }
    inFlight--
    work.ring()
    if (inFlight === 0) idle.ring()
  }

  async function run(): Promise<void> {
    try {
      while (!stopping.aborted) {
        const polled = inFlight < POLL_RECORDS ? poll() : []
        for (const { record, partition } of polled) void start(record, partition)
        if (polled.length === 0) await work.rung()
      }
    } catch (error) {
      onBroken(partitions, error)
    }
    if (inFlight > 0) await idle.rung()
  }

  stopping.addEventListener('abort', work.ring, { once: true })
  return { wake: work.ring, ended: run() }
}
