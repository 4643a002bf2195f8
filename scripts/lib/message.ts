import { randomUUID } from 'node:crypto'

import { encodeHeader } from '../../functions/lib/cloud-event.ts'
import { isRecord } from '../../functions/lib/row-events.ts'
import { CommandFailure } from './failure.ts'
import { printable } from './printable.ts'

/** What the user says of an event beside its data. */
export interface EventOptions {
  readonly type?: string
  readonly subject?: string
  readonly series?: string
  readonly key?: string
}

/** An HTTP request that carries an event. */
export interface Message {
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What is sent: a whole CloudEvent as it is, or a new one around data; its bytes are never rewritten. */
export function message(body: Buffer, options: EventOptions): Message {
  const content = parseJson(body)
  if (isRecord(content) && content['specversion'] !== undefined) {
    const { type, subject, series, key } = options
    if ([type, subject, series, key].some((value) => value !== undefined)) {
      throw new CommandFailure(
        'this JSON is a whole CloudEvent (it has specversion), which names its own type, subject and key: leave those options out',
        2,
      )
    }
    const headers = { 'content-type': 'application/cloudevents+json' }
    return { id: String(content['id']), headers, body }
  }
  const attributes = { ...newEvent(options), id: randomUUID() }
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  for (const [name, value] of Object.entries(attributes))
    headers[`ce-${name}`] = encodeHeader(value)
  return { id: attributes.id, headers, body }
}

function newEvent(options: EventOptions): Record<string, string> {
  const { type, subject, series, key } = options
  if (type === undefined) {
    throw new CommandFailure(
      'say what it is: --type features, target, prediction or any CloudEvents type, or give a whole CloudEvent with "specversion"',
      2,
    )
  }
  if (series !== undefined && subject !== undefined && series !== subject) {
    throw new CommandFailure("--series and --subject both are the event's subject: give one", 2)
  }
  const about = series ?? subject
  const partitionKey = key ?? series
  return {
    specversion: '1.0',
    source: '/nowcast/send',
    type: SHORT_NAMES.has(type) ? `dev.nowcast.${type}` : type,
    ...(about === undefined ? {} : { subject: about }),
    ...(partitionKey === undefined ? {} : { partitionkey: partitionKey }),
  }
}

const SHORT_NAMES: ReadonlySet<string> = new Set(['features', 'target', 'prediction'])

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : ''
    throw new CommandFailure(
      `that is not JSON (${printable(why)}): in a shell, put it in single quotes`,
      2,
      { cause },
    )
  }
}
