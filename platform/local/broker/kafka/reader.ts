import { randomUUID } from 'node:crypto'
import type { EachBatchPayload, Kafka } from 'kafkajs'

import type { LogRecord, PartitionRange } from '../../log/event-log.ts'
import { compareRecords } from '../../log/records.ts'
import { createBell } from '../../parts/bell.ts'
import type { KafkaAdmin } from './admin.ts'
import { rangesOf } from './figures.ts'
import { READER_GROUP } from './reader-group.ts'
import { recordsOf } from './records.ts'

export interface KafkaReader {
  newest(topic: string, last: number, maxBytes: number): Promise<LogRecord[]>
  follow(topic: string, last: number, signal: AbortSignal): AsyncGenerator<LogRecord, void>
}

const MAX_FOLLOWED_BYTES = 16 * 1024 * 1024
/** Nothing more is fetched while so many batches wait to be taken. */
const MAX_WAITING_BATCHES = 32
/** A reader that is asked for nothing so long is put out of its group, and joins again when it is. */
const SESSION_TIMEOUT_MS = 60_000
/** What is expected and does not come, as the marks of transactions, is not waited for longer. */
const SILENCE_MS = 3_000

interface Batch {
  readonly partition: number
  readonly records: readonly LogRecord[]
  /** Past the batch. */
  readonly end: number
}

/** Reads topics of a cluster without leaving a trace. */
export function kafkaReader(client: Kafka, admin: KafkaAdmin): KafkaReader {
  async function newestBefore(
    topic: string,
    ranges: readonly PartitionRange[],
    last: number,
    maxBytes: number,
  ): Promise<LogRecord[]> {
    const wanted = new Map(
      ranges
        .map(({ partition, start, end }) => [partition, { start, end }] as const)
        .filter(([, { start, end }]) => end > start),
    )
    if (last === 0 || wanted.size === 0) return []
    const from = new Map(
      [...wanted].map(([partition, { start, end }]) => [partition, Math.max(start, end - last)]),
    )
    const done = new AbortController()
    const newest = newestOf(last, maxBytes)
    const silence = setTimeout(() => done.abort(), SILENCE_MS)
    try {
      for await (const { partition, records, end } of batches(topic, from, done.signal)) {
        silence.refresh()
        const until = wanted.get(partition)?.end ?? 0
        newest.add(records.filter(({ offset }) => offset < until))
        if (end >= until) wanted.delete(partition)
        if (wanted.size === 0) break
      }
    } finally {
      clearTimeout(silence)
    }
    return newest.all()
  }

  async function* batches(
    topic: string,
    from: Map<number, number>,
    signal: AbortSignal,
  ): AsyncGenerator<Batch, void> {
    const group = READER_GROUP + randomUUID()
    const consumer = client.consumer({
      groupId: group,
      sessionTimeout: SESSION_TIMEOUT_MS,
      maxWaitTimeInMs: 100,
      allowAutoTopicCreation: false,
      retry: { retries: 3, restartOnFailure: async () => false },
    })
    const waiting: Batch[] = []
    const bell = createBell()
    const room = createBell()
    const failures: unknown[] = []

    async function onBatch({ batch }: EachBatchPayload): Promise<void> {
      while (waiting.length >= MAX_WAITING_BATCHES && !signal.aborted) await room.rung()
      const { partition } = batch
      waiting.push({ partition, records: recordsOf(batch), end: Number(batch.lastOffset()) + 1 })
      bell.ring()
    }

    consumer.on(consumer.events.GROUP_JOIN, () => {
      waiting.length = 0
      for (const [partition, offset] of from) {
        consumer.seek({ topic, partition, offset: String(offset) })
      }
    })
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      failures.push(payload.error)
      bell.ring()
    })
    const onAbort = (): void => {
      bell.ring()
      room.ring()
    }
    signal.addEventListener('abort', onAbort)
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: false })
      await consumer.run({ autoCommit: false, eachBatch: onBatch })
      while (!signal.aborted) {
        const rung = bell.rung()
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          room.ring()
          from.set(next.partition, next.end)
          yield next
        }
        if (failures.length > 0) throw failures[0]
        await rung
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      // A batch that waits for room would hold up the end.
      waiting.length = 0
      room.ring()
      await consumer.disconnect().catch(() => undefined)
      await admin.run((running) => running.deleteGroups([group])).catch(() => undefined)
    }
  }

  async function* follow(
    topic: string,
    last: number,
    signal: AbortSignal,
  ): AsyncGenerator<LogRecord, void> {
    const ranges = await admin.run((running) => rangesOf(running, topic))
    for (const record of await newestBefore(topic, ranges, last, MAX_FOLLOWED_BYTES)) yield record
    const from = new Map(ranges.map(({ partition, end }) => [partition, end]))
    for await (const { records } of batches(topic, from, signal)) yield* records
  }

  return {
    async newest(topic, last, maxBytes) {
      const ranges = await admin.run((running) => rangesOf(running, topic))
      return newestBefore(topic, ranges, last, maxBytes)
    },
    follow,
  }
}

/** Keeps the newest records of those it is shown, in memory that is bounded. */
function newestOf(last: number, maxBytes: number) {
  let kept: LogRecord[] = []
  let bytes = 0

  function drop(): void {
    kept = kept.toSorted(compareRecords).slice(-last)
    bytes = kept.reduce((sum, record) => sum + size(record), 0)
    let first = 0
    for (const record of kept.slice(0, -1)) {
      if (bytes <= maxBytes) break
      bytes -= size(record)
      first += 1
    }
    kept = kept.slice(first)
  }

  return {
    add(records: readonly LogRecord[]) {
      kept.push(...records)
      bytes += records.reduce((sum, record) => sum + size(record), 0)
      if (bytes > 2 * maxBytes || kept.length > 2 * last + 10_000) drop()
    },
    all(): LogRecord[] {
      drop()
      return kept
    },
  }
}

function size({ value }: LogRecord): number {
  return value?.length ?? 0
}
