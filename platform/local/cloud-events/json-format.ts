import type { AttributeValue, CloudEvent } from './cloud-event.ts'
import { memberText } from './json-member.ts'

/** The content type of a structured event. */
export const JSON_FORMAT = 'application/cloudevents+json'

/** Whether a content type names the JSON event format, whatever its parameters. */
export function isJsonFormat(contentType: string): boolean {
  return contentType.split(';', 1)[0]?.trim() === JSON_FORMAT
}

/**
 * Reads a structured event, by the rules of the Java SDK: JSON data keeps its text, other data must be a string, and
 * `datacontenttype` is `application/json` when there is data without it. Throws an Error that says what is wrong.
 */
export function readJson(bytes: Uint8Array): CloudEvent {
  const json = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  const parsed: unknown = JSON.parse(json)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Error('a structured event is a JSON object')
  }
  const { data, data_base64: base64, ...others }: Record<string, unknown> = { ...parsed }
  if (data !== undefined && base64 !== undefined) {
    throw new Error('a structured event has data or data_base64, not both')
  }
  const attributes: Record<string, AttributeValue> = {}
  for (const [name, value] of Object.entries(others)) {
    const read = attribute(name, value)
    if (read !== undefined) attributes[name] = read
  }
  if (data !== undefined) attributes['datacontenttype'] ??= 'application/json'
  return { attributes, data: dataOf(json, data, base64, attributes['datacontenttype']) }
}

const CONTEXT = [
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
]

function attribute(name: string, value: unknown): AttributeValue | undefined {
  if (CONTEXT.includes(name)) {
    if (value === null) return undefined
    if (typeof value !== 'string') throw new Error(`attribute ${name} is not a string`)
    return value
  }
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value !== 'number') return JSON.stringify(value)
  if (value !== Math.trunc(value) || Math.abs(value) > 2 ** 31) {
    throw new Error(`attribute ${name} is a number, but no 32-bit integer`)
  }
  return value
}

function dataOf(
  json: string,
  data: unknown,
  base64: unknown,
  contentType: AttributeValue | undefined,
): Uint8Array | undefined {
  if (base64 !== undefined) {
    if (typeof base64 !== 'string') throw new Error('data_base64 is not a string')
    return Buffer.from(base64, 'base64')
  }
  if (data === undefined) return undefined
  if (isJson(contentType)) return Buffer.from(memberText(json, 'data') ?? 'null')
  if (typeof data !== 'string')
    throw new Error(`data of type ${String(contentType)} is not a string`)
  return Buffer.from(data)
}

/** Writes an event in structured mode. JSON data stands as it is; what is no JSON goes into `data_base64`. */
export function writeJson({ attributes, data }: CloudEvent): Uint8Array {
  const context = JSON.stringify(attributes)
  if (data === undefined) return Buffer.from(context)
  const text = isJson(attributes['datacontenttype']) ? jsonText(data) : undefined
  const member =
    text === undefined
      ? `"data_base64":${JSON.stringify(Buffer.from(data).toString('base64'))}`
      : `"data":${text}`
  return Buffer.from(`${context.slice(0, -1)},${member}}`)
}

function isJson(contentType: AttributeValue | undefined): boolean {
  return (
    contentType === undefined ||
    /^(?:application|text)\/(?:[a-zA-Z]+\+)?json(?:;.*)?$/s.test(String(contentType))
  )
}

function jsonText(data: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data)
    JSON.parse(text)
    return text
  } catch {
    return undefined
  }
}
