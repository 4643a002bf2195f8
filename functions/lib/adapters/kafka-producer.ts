import { setImmediate as turnEnded, setTimeout as pause } from 'node:timers/promises'
import { CompressionTypes, Partitioners } from 'kafkajs'
import type { ICustomPartitioner, Kafka, Message, Producer } from 'kafkajs'

import { RejectedError, RetryableError } from '../errors.ts'
import type { Log } from '../ports/log.ts'
import { kafkaFailure, kafkaReason } from './kafka-failure.ts'
import { kafkaLink } from './kafka-link.ts'

export interface KafkaRecord {
  readonly topic: string
  /** Decides the partition (murmur2, as in Java); without one, partitions take turns. */
  readonly key: string | Buffer | null
  readonly headers: Readonly<Record<string, string>>
  readonly value: string | Buffer | null
}

/** Writes records to a cluster. */
export interface KafkaProducer {
  /** Connects, and rejects only when the brokers refuse it: see `KafkaLink.open`. */
  open(): Promise<void>
  /**
   * Resolves when every record is acknowledged by all replicas in sync. Rejects with a `RetryableError` when that is not certain, within 45
   * seconds, and with a `RejectedError` for a record larger than its topic takes.
   */
  send(records: readonly KafkaRecord[]): Promise<void>
  /** Sends what waits, then disconnects. */
  close(): Promise<void>
}

/** How long the first record waits for others when nothing is on its way. While a batch is, the next one gathers by itself. */
const LINGER_MS = 1
/** Less than Kafka's 1 MiB a batch, headers and all. */
const MAX_BATCH_BYTES = 950_000
const MAX_BATCH_RECORDS = 10_000
const MAX_WAITING_BYTES = 64 * 1024 * 1024
/** Smaller batches gain nothing that is worth the time of packing them. */
const COMPRESSED_FROM_BYTES = 4_096
/** A source gives up after 60 s: what has waited so long is not begun, and what was begun ends so much later. */
const MAX_WAIT_MS = 25_000
const SEND_TIMEOUT_MS = 20_000
/** Of a send inside the driver: about nine seconds, enough for a new leader. */
const RETRY = {
  initialRetryTime: 100,
  factor: 0.2,
  multiplier: 2,
  maxRetryTime: 2_000,
  retries: 8,
} as const
/** Of an attempt to connect: the link tries again by itself. */
export const CONNECT_RETRY = { ...RETRY, retries: 3 } as const

interface Waiting {
  readonly record: KafkaRecord
  readonly bytes: number
  readonly since: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * A producer that numbers its records, so that what the driver repeats is written once, and gathers what is sent within the same
 * milliseconds into one request. Requests follow one another, so records of one partition keep their order.
 *
 * `connect` makes a client each time a connection is made.
 */
export function kafkaProducer(connect: () => Kafka, log: Log): KafkaProducer {
  const link = kafkaLink(
    () =>
      connect().producer({
        idempotent: true,
        allowAutoTopicCreation: false,
        createPartitioner: partitioner,
        retry: RETRY,
      }),
    log,
  )
  let waiting: Waiting[] = []
  let waitingBytes = 0
  let flushing: Promise<void> | undefined
  let isClosed = false

  function enqueue(record: KafkaRecord): Promise<void> {
    const bytes = sizeOf(record)
    if (isClosed) return Promise.reject(new RetryableError('the connection to Kafka is closed'))
    if (waitingBytes + bytes > MAX_WAITING_BYTES) {
      return Promise.reject(
        new RetryableError(`more than ${MAX_WAITING_BYTES} bytes wait to be written to Kafka`),
      )
    }
    waitingBytes += bytes
    return new Promise((resolve, reject) => {
      waiting.push({ record, bytes, since: performance.now(), resolve, reject })
      flushing ??= flush()
    })
  }

  async function flush(): Promise<void> {
    await pause(LINGER_MS)
    while (waiting.length > 0) {
      await transmit(take())
      // Whoever waited for this batch may have more to send at once.
      await turnEnded()
    }
    flushing = undefined
  }

  /** The next batch: as much as fits into one request, at least one record. */
  function take(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const one of waiting) {
      if (count > 0 && (bytes + one.bytes > MAX_BATCH_BYTES || count === MAX_BATCH_RECORDS)) break
      bytes += one.bytes
      count += 1
    }
    const batch = waiting.slice(0, count)
    waiting = waiting.slice(count)
    waitingBytes -= bytes
    const oldest = performance.now() - MAX_WAIT_MS
    return batch.filter((one) => {
      if (one.since >= oldest) return true
      one.reject(new RetryableError(`waited ${MAX_WAIT_MS} ms for Kafka`))
      return false
    })
  }

  async function transmit(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return
    let producer: Producer | undefined
    try {
      producer = await link.producer()
      await inTime(sendAll(producer, batch))
      for (const one of batch) one.resolve()
    } catch (error) {
      if (producer !== undefined) link.discard(producer, error)
      await failed(batch, error)
    }
  }

  async function failed(batch: readonly Waiting[], error: unknown): Promise<void> {
    const [first, ...others] = batch
    if (kafkaFailure(error) !== 'too-large' || first === undefined) {
      for (const one of batch) one.reject(retryable(one.record.topic, error))
    } else if (others.length > 0) {
      // One of them is too large, or all of them together: each for itself shows which.
      for (const one of batch) await transmit([one])
    } else {
      first.reject(tooLarge(first))
    }
  }

  return {
    open: () => link.open(),
    async send(records) {
      await Promise.all(records.map(enqueue))
    },
    async close() {
      isClosed = true
      await flushing
      await link.close()
    },
  }
}

async function sendAll(producer: Producer, batch: readonly Waiting[]): Promise<void> {
  const topics = new Map<string, Message[]>()
  let bytes = 0
  for (const { record, bytes: size } of batch) {
    bytes += size
    const messages = topics.get(record.topic) ?? []
    topics.set(record.topic, messages)
    messages.push({ key: record.key, value: record.value, headers: { ...record.headers } })
  }
  await producer.sendBatch({
    acks: -1,
    timeout: SEND_TIMEOUT_MS,
    compression: bytes >= COMPRESSED_FROM_BYTES ? CompressionTypes.GZIP : CompressionTypes.None,
    topicMessages: [...topics].map(([topic, messages]) => ({ topic, messages })),
  })
}

/** Gives up on a send that does not end. It may still succeed: whoever repeats it repeats its ids, too. */
async function inTime(sending: Promise<void>): Promise<void> {
  const acknowledged = new AbortController()
  const late = async (): Promise<void> => {
    await pause(SEND_TIMEOUT_MS, undefined, { signal: acknowledged.signal }).catch(() => undefined)
    if (!acknowledged.signal.aborted) {
      throw new Error(`no acknowledgement within ${SEND_TIMEOUT_MS} ms`)
    }
  }
  try {
    await Promise.race([sending, late()])
  } finally {
    acknowledged.abort()
  }
}

/**
 * The driver's partitioner, but that a record without a key goes to the same partition when it is sent again: otherwise it might be
 * written twice.
 */
const partitioner: ICustomPartitioner = () => {
  const byKey = Partitioners.DefaultPartitioner()
  const chosen = new WeakMap<Message, number>()
  let turn = 0
  return (args) => {
    const { message, partitionMetadata } = args
    if (message.key !== null && message.key !== undefined) return byKey(args)
    const mine = chosen.get(message) ?? turn++
    chosen.set(message, mine)
    return mine % partitionMetadata.length
  }
}

function sizeOf({ key, value, headers }: KafkaRecord): number {
  const parts = [key, value, ...Object.entries(headers).flat()]
  return parts.reduce((sum, part) => sum + (part === null ? 0 : Buffer.byteLength(part)) + 2, 32)
}

function retryable(topic: string, cause: unknown): RetryableError {
  if (cause instanceof RetryableError) return cause
  return new RetryableError(`topic ${topic} cannot be written now: ${kafkaReason(cause)}`)
}

function tooLarge({ record: { topic }, bytes }: Waiting): RejectedError {
  return new RejectedError(
    'too-large',
    `a record of ${bytes} bytes is more than topic "${topic}" takes: split it, or raise max.message.bytes in its KafkaTopic`,
  )
}
