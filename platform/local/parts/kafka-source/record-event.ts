import { readRecord } from '../../cloud-events/binary-mode.ts'
import { writeTime } from '../../cloud-events/cloud-event.ts'
import type { AttributeValue, CloudEvent } from '../../cloud-events/cloud-event.ts'
import type { LogRecord } from '../../log/event-log.ts'
import type { KafkaSourceManifest } from '../../manifests/inventory.ts'
import { javaDouble, javaFloat } from './java-number.ts'

type Source = Pick<KafkaSourceManifest, 'namespace' | 'name' | 'keyType' | 'extensions'>

/**
 * The event a KafkaSource makes of a record: the CloudEvent it carries in binary or structured mode as it is, or else a
 * `dev.knative.kafka.event` around the plain record; then its position, then the source's `ceOverrides`.
 *
 * As `data-plane/dispatcher/.../consumer/` of eventing-kafka-broker v1.23.0 does it.
 */
export function recordEvent(record: LogRecord, source: Source): CloudEvent {
  const reading = readRecord(record.headers, record.value)
  const event = reading.kind === 'event' ? reading.event : plainEvent(record, source)
  return {
    ...event,
    attributes: {
      ...event.attributes,
      knativekafkapartition: record.partition,
      knativekafkaoffset: record.offset,
      ...source.extensions,
    },
  }
}

function plainEvent(record: LogRecord, source: Source): CloudEvent {
  const { topic, partition, offset, timestamp, value } = record
  const attributes: Record<string, AttributeValue> = {
    specversion: '1.0',
    id: `partition:${partition}/offset:${offset}`,
    source: `/apis/v1/namespaces/${source.namespace}/kafkasources/${source.name}#${topic}`,
    type: 'dev.knative.kafka.event',
    subject: `partition:${partition}#${offset}`,
    time: writeTime(timestamp),
  }
  const key = keyText(record.key, source.keyType)
  if (key !== undefined) {
    attributes['partitionkey'] = key
    attributes['key'] = key
  }
  for (const [name, header] of Object.entries(record.headers)) {
    const lower = name.toLowerCase()
    if (lower === 'content-type') attributes['datacontenttype'] = header.toLowerCase()
    else attributes[`kafkaheader${lower.replace(/[^a-z0-9]/g, '')}`] = header
  }
  return { attributes, data: value }
}

/** A record key as the source's key type reads it; an empty key is none. */
function keyText(
  key: Uint8Array | undefined,
  type: KafkaSourceManifest['keyType'],
): string | undefined {
  if (key === undefined || key.length === 0) return undefined
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  switch (type) {
    case 'byte-array':
      return Buffer.from(key).toString('base64')
    case 'int':
      return key.length === 4 ? String(view.getInt32(0)) : utf8(key)
    case 'float':
      if (key.length === 4) return javaFloat(view.getFloat32(0))
      return key.length === 8 ? javaDouble(view.getFloat64(0)) : utf8(key)
    case 'string':
      return utf8(key)
  }
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}
