import type { IncomingMessage } from 'node:http'
import { CloudEvent, ValidationError } from 'cloudevents'

import { decodeHeader } from './cloud-event.ts'
import { RejectedError } from './errors.ts'
import type { IncomingEvent } from './events.ts'

/** Larger bodies are refused with 413 and not kept. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024

/** The headers of a request, one text a name: what a function may see of them. */
export function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}

/** What is sent beyond the limit is read and dropped up to here, so that the sender lives to read the 413. */
const MAX_DROPPED_BYTES = 64 * 1024 * 1024

/** Reads a body to its end; undefined when it was larger than `MAX_BODY_BYTES`. Rejects when it is cut off. */
export function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    let parts: Buffer[] = []
    let bytes = 0
    request.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes <= MAX_BODY_BYTES) parts.push(part)
      else parts = []
      if (bytes > MAX_DROPPED_BYTES) request.destroy(new Error('a body far over the limit'))
    })
    request.on('end', () => resolve(bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(parts)))
    request.on('error', reject)
  })
}

/**
 * Reads a CloudEvent in HTTP binary or structured mode, with or without content type or body.
 *
 * JSON data is parsed, other data stays bytes, no body is undefined. Throws `RejectedError` for what is no CloudEvent
 * 1.0. The SDK's own reader is not used: it does not percent-decode, turns `data_base64` into 32-bit numbers, and
 * fails on binary data.
 */
export function readCloudEvent(
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): IncomingEvent {
  const contentType = headers['content-type']?.toLowerCase() ?? ''
  if (contentType.startsWith('application/cloudevents-batch')) {
    throw new RejectedError(
      'batch-unsupported',
      'batches are not taken: send one CloudEvent a request',
    )
  }
  return contentType.startsWith('application/cloudevents')
    ? structuredEvent(body)
    : binaryEvent(headers, contentType, body)
}

/** The CloudEvents attributes among the headers of a binary-mode request, percent-decoded. */
export function attributesOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-')) attributes[name.slice(3)] = decodeHeader(value)
  }
  return attributes
}

function binaryEvent(
  headers: Readonly<Record<string, string>>,
  contentType: string,
  body: Buffer,
): IncomingEvent {
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/.test(contentType)
  return checked(
    attributesOf(headers),
    body.length === 0 ? undefined : isJson ? parseJson(body) : body,
  )
}

function structuredEvent(body: Buffer): IncomingEvent {
  const event = parseJson(body)
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new RejectedError('not-a-cloudevent', 'the body is no CloudEvent object')
  }
  const attributes: Record<string, string> = {}
  let data: unknown
  for (const [name, value] of Object.entries(event)) {
    if (name === 'data') data = value
    else if (name === 'data_base64') data = Buffer.from(String(value), 'base64')
    else if (value !== null) attributes[name] = attributeText(name, value)
  }
  return checked(attributes, data)
}

function attributeText(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new RejectedError('not-a-cloudevent', `attribute ${JSON.stringify(name)} is no plain value`)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new RejectedError('malformed-json', 'the body is not JSON in UTF-8', { cause })
  }
}

function checked(attributes: Record<string, string>, data: unknown): IncomingEvent {
  const { specversion, id, source, type, subject, time, ...others } = attributes
  if (specversion !== '1.0' || !id || !source || !type) {
    throw new RejectedError(
      'not-a-cloudevent',
      'no CloudEvent 1.0: send ce-specversion, ce-id, ce-source and ce-type headers, or a structured event',
    )
  }
  const { datacontenttype: _type, dataschema: _schema, ...extensions } = others
  try {
    const event = new CloudEvent({ ...attributes, specversion, id, source, type })
    return { id: event.id, source: event.source, type, subject, time, extensions, data }
  } catch (cause) {
    if (!(cause instanceof ValidationError)) throw cause
    throw new RejectedError('not-a-cloudevent', `no valid CloudEvent 1.0: ${faults(cause)}`, {
      cause,
    })
  }
}

function faults({ message, errors }: ValidationError): string {
  if (!Array.isArray(errors)) return message
  return errors
    .map((error) =>
      typeof error === 'string' ? error : `${error.instancePath} ${error.message ?? ''}`.trim(),
    )
    .join('; ')
}
