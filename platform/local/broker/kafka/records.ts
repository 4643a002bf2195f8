import type { EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs'

import type { KafkaRecord } from '../../../../functions/lib/adapters/kafka-producer.ts'
import type { LogRecord, NewRecord } from '../../log/event-log.ts'

/** The records of a batch that kafkajs fetched. Offsets are exact up to 2^53. */
export function recordsOf({ topic, partition, messages }: EachBatchPayload['batch']): LogRecord[] {
  return messages.map((message) => recordOf(topic, partition, message))
}

function recordOf(topic: string, partition: number, message: KafkaMessage): LogRecord {
  const { offset, timestamp, key, headers = {}, value } = message
  return {
    topic,
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    key: key ?? undefined,
    headers: textsOf(headers),
    value: value ?? undefined,
  }
}

/** Header values as UTF-8; of a header that comes more than once, the last. */
function textsOf(headers: IHeaders): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const last = Array.isArray(value) ? value.at(-1) : value
    if (last !== undefined) texts[name] = last.toString()
  }
  return texts
}

/** A record as a producer takes it. */
export function producible({ topic, key, headers, value }: NewRecord): KafkaRecord {
  return { topic, key: bufferOf(key), headers, value: bufferOf(value) }
}

function bufferOf(bytes: Uint8Array | undefined): Buffer | null {
  return bytes === undefined ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
