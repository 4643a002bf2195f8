import { writeJson } from '../cloud-events/json-format.ts'
import type { LogRecord } from '../log/event-log.ts'
import { recordEvent } from '../parts/kafka-source/record-event.ts'

/** Reads records as a KafkaSource does, without being one. */
const READER = { namespace: '', name: '', keyType: 'string', extensions: {} } as const

/**
 * Writes a record as a structured CloudEvent, one line of JSON: the event it holds, or a `dev.knative.kafka.event` when
 * it holds none.
 *
 * Extensions say where it stands: `knativekafkapartition` and `knativekafkaoffset`, as a KafkaSource adds them, and
 * `recordtimestamp` (the platform's time) and `recordkey` (when it has a key).
 */
export function recordJson(record: LogRecord): string {
  const { topic, timestamp, key } = record
  const { attributes, data } = recordEvent(record, READER)
  const isPlain = attributes['source'] === `/apis/v1/namespaces//kafkasources/#${topic}`
  const place = {
    // No KafkaSource made this event, so it names none.
    ...(isPlain ? { source: `/topics/${topic}` } : {}),
    recordtimestamp: new Date(timestamp).toISOString(),
    ...(key === undefined || key.length === 0 ? {} : { recordkey: Buffer.from(key).toString() }),
  }
  const json = Buffer.from(writeJson({ attributes: { ...attributes, ...place }, data })).toString()
  // Data stands as its producer wrote it; a line break in JSON can only be between its tokens.
  return json.replace(/[\r\n]+/g, ' ')
}
