import { decodeHeader, encodeHeader } from '../../../functions/lib/cloud-event.ts'
import { faultOf } from './cloud-event.ts'
import type { AttributeValue, CloudEvent } from './cloud-event.ts'
import { isJsonFormat, readJson } from './json-format.ts'

/** What a message turned out to be. */
export type Reading =
  | { readonly kind: 'event'; readonly event: CloudEvent }
  | { readonly kind: 'fault'; readonly fault: string }

type Headers = Readonly<Record<string, string>>

/** How binary mode writes attributes in one protocol. */
interface Binding {
  /** Before each attribute's name. */
  readonly prefix: string
  readonly encode: (value: string) => string
  readonly decode: (value: string) => string
}

const same = (value: string) => value
const HTTP: Binding = { prefix: 'ce-', encode: encodeHeader, decode: decodeHeader }
const KAFKA: Binding = { prefix: 'ce_', encode: same, decode: same }

/** Reads an HTTP message (header names in lower case) in binary or structured mode; a batch is a fault. */
export function readHttp(headers: Headers, body: Uint8Array): Reading {
  return read(headers, body, HTTP)
}

/** Reads a Kafka record's headers and value, likewise. */
export function readRecord(headers: Headers, value: Uint8Array | undefined): Reading {
  return read(headers, value ?? new Uint8Array(0), KAFKA)
}

/** The headers of an event in HTTP binary mode, percent-encoded as CloudEvents wants it. Its data is the body. */
export function httpHeaders(event: CloudEvent): Record<string, string> {
  return write(event, HTTP)
}

/** The headers of an event in Kafka's binary mode. Its data is the value. */
export function recordHeaders(event: CloudEvent): Record<string, string> {
  return write(event, KAFKA)
}

function read(headers: Headers, body: Uint8Array, binding: Binding): Reading {
  const contentType = headers['content-type']
  try {
    if (contentType !== undefined && isJsonFormat(contentType)) return checked(readJson(body))
  } catch (error) {
    return { kind: 'fault', fault: error instanceof Error ? error.message : String(error) }
  }
  if (contentType?.startsWith('application/cloudevents') === true) {
    return {
      kind: 'fault',
      fault: `${contentType} is not taken: send one event, binary or as JSON`,
    }
  }
  if (headers[`${binding.prefix}specversion`] === undefined) {
    const fault = `there is no ${binding.prefix}specversion header and no structured event`
    return { kind: 'fault', fault }
  }
  return checked(binaryEvent(headers, body, binding))
}

function binaryEvent(headers: Headers, body: Uint8Array, { prefix, decode }: Binding): CloudEvent {
  const attributes: Record<string, AttributeValue> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'content-type') attributes['datacontenttype'] = value
    else if (name.length > prefix.length && name.startsWith(prefix)) {
      attributes[name.slice(prefix.length).toLowerCase()] = decode(value)
    }
  }
  return { attributes, data: body.length === 0 ? undefined : body }
}

function checked(event: CloudEvent): Reading {
  const fault = faultOf(event.attributes)
  return fault === undefined ? { kind: 'event', event } : { kind: 'fault', fault }
}

function write({ attributes }: CloudEvent, { prefix, encode }: Binding): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'datacontenttype') headers['content-type'] = String(value)
    else headers[prefix + name] = encode(String(value))
  }
  return headers
}
