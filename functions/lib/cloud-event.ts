import { createHash } from 'node:crypto'
import { V1 } from 'cloudevents'

import { RejectedError } from './errors.ts'
import { TOPICS } from './events.ts'
import type { OutgoingEvent } from './events.ts'

/** An event ready to be written: its topic, its record key and the SDK's event with its data as JSON text. */
export interface WritableEvent {
  topic: string
  key: string | undefined
  attributes: Record<string, string>
  body: string
}

const MAX_ROWS = 1_000
const MAX_BYTES = 900_000

/**
 * Writes an event as CloudEvents of at most 1,000 rows and 900 kB each, in order.
 *
 * The id is a hash of source, type, subject and data, so that the same contents always have the same id. Throws a
 * `RejectedError` for a row that alone is over the limit: no broker would take it, however often it is tried.
 */
export function writeCloudEvents(source: string, event: OutgoingEvent): WritableEvent[] {
  return split(event.rows.map((row) => JSON.stringify(row))).map((rows) => {
    const body = `{"rows":[${rows.join(',')}]}`
    const id = createHash('sha256')
      .update(JSON.stringify([source, event.type, event.series ?? null]))
      .update(body)
      .digest('base64url')
      .slice(0, 27)
    return {
      topic: TOPICS[event.type],
      key: event.partitionKey,
      attributes: {
        specversion: V1,
        id,
        source,
        type: event.type,
        ...(event.series === undefined ? {} : { subject: event.series }),
        ...(event.partitionKey === undefined ? {} : { partitionkey: event.partitionKey }),
      },
      body,
    }
  })
}

function split(rows: readonly string[]): string[][] {
  const groups: string[][] = []
  let group: string[] = []
  let bytes = 0
  for (const row of rows) {
    const size = Buffer.byteLength(row) + 1
    if (size > MAX_BYTES) {
      throw new RejectedError(
        'row-too-large',
        `a row of ${size} bytes; at most ${MAX_BYTES} fit into an event`,
      )
    }
    if (group.length > 0 && (group.length === MAX_ROWS || bytes + size > MAX_BYTES)) {
      groups.push(group)
      group = []
      bytes = 0
    }
    group.push(row)
    bytes += size
  }
  if (group.length > 0) groups.push(group)
  return groups
}

/**
 * Writes an attribute's value for an HTTP header as the CloudEvents HTTP binding wants it: what is not printable
 * ASCII, and space, `"` and `%`, as percent-encoded UTF-8.
 */
export function encodeHeader(value: string): string {
  return value.replace(/[^\x21\x23\x24\x26-\x7e]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  )
}

/** Reads a header's value back, once; what is no valid percent-encoding stays as it is. */
export function decodeHeader(value: string): string {
  return value.replace(/(?:%[0-9A-Fa-f]{2})+/g, (encoded) => {
    try {
      return decodeURIComponent(encoded)
    } catch {
      return encoded
    }
  })
}
