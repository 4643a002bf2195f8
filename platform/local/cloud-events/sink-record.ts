import type { NewRecord } from '../log/event-log.ts'
import { recordHeaders } from './binary-mode.ts'
import type { CloudEvent } from './cloud-event.ts'
import { JSON_FORMAT, writeJson } from './json-format.ts'

/** The record a KafkaSink writes for an event: its key is the `partitionkey`, when there is one. */
export function sinkRecord(
  event: CloudEvent,
  { topic, contentMode }: { readonly topic: string; readonly contentMode: 'binary' | 'structured' },
): NewRecord {
  const { partitionkey } = event.attributes
  const key = partitionkey === undefined ? undefined : Buffer.from(String(partitionkey))
  return contentMode === 'binary'
    ? { topic, key, headers: recordHeaders(event), value: event.data }
    : { topic, key, headers: { 'content-type': JSON_FORMAT }, value: writeJson(event) }
}
