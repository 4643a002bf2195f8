import type { DeadLetter, DeadLetters } from '../lib/ports/dead-letters.ts'
import { json } from '../lib/ports/web.ts'
import type { WebRequest, WebRoute } from '../lib/ports/web.ts'
import { isRecord } from '../lib/row-events.ts'

/**
 * Stores what the dead letter source POSTs to `/dead`, whatever it is: a rejected row each, or the whole event with
 * its bytes as they came. It never refuses, because there is nobody left to send a refusal to.
 */
export const deadLetterRoute =
  (deadLetters: DeadLetters): WebRoute =>
  (request) => {
    if (request.method !== 'POST' || request.path !== '/dead') return undefined
    const letters = readLetters(request)
    return deadLetters.put(letters).then(() => json(200, { stored: letters.length }))
  }

function readLetters(request: WebRequest): DeadLetter[] {
  const rejected =
    request.attributes['type'] === 'dev.nowcast.rejected' ? rejectedRows(request.body) : []
  return rejected.length > 0 ? rejected.map(rowLetter) : [eventLetter(request)]
}

function rejectedRows(body: Uint8Array): Record<string, unknown>[] {
  const data = parseOrUndefined(new TextDecoder().decode(body))
  if (!isRecord(data) || !Array.isArray(data['rows'])) return []
  const rows = data['rows'].filter(isRecord)
  return rows.length === data['rows'].length ? rows : []
}

function rowLetter(rejected: Record<string, unknown>): DeadLetter {
  const { row, reason, code, eventId, eventSource, sentIn, function: functionName } = rejected
  const timestamp = isRecord(row) ? row['timestamp'] : undefined
  return {
    source: text(eventSource),
    eventId: text(eventId),
    type: 'dev.nowcast.rejected',
    rowTimestamp: text(timestamp),
    destination: text(functionName),
    code: text(code),
    reason: text(reason),
    headers: isRecord(sentIn) ? carrierHeaders(rejected, sentIn) : {},
    data: new TextEncoder().encode(JSON.stringify(row)),
  }
}

/** The headers of an event of its own around the row, in the words of the event that carried it. */
function carrierHeaders(
  { eventId, eventSource }: Record<string, unknown>,
  { type, series, partitionKey }: Record<string, unknown>,
): Record<string, string> {
  const attributes = {
    specversion: '1.0',
    id: eventId,
    source: eventSource,
    type,
    subject: series,
    partitionkey: partitionKey,
  }
  const headers = Object.entries(attributes).flatMap(([name, value]) =>
    text(value) === '' ? [] : [[`ce-${name}`, headerText(text(value))] as const],
  )
  return { ...Object.fromEntries(headers), 'content-type': 'application/json' }
}

/** Percent-encoded, as an attribute travels in a header; half a character becomes U+FFFD. */
function headerText(value: string): string {
  return encodeURIComponent(new TextDecoder().decode(new TextEncoder().encode(value)))
}

function eventLetter(request: WebRequest): DeadLetter {
  const { attributes, body } = request
  const refusal = readRefusal(attributes['knativeerrordata'])
  const status = attributes['knativeerrorcode'] ?? ''
  return {
    source: attributes['source'] ?? '',
    eventId: attributes['id'] ?? '',
    type: attributes['type'] ?? '',
    rowTimestamp: '',
    destination: attributes['knativeerrordest'] ?? '',
    code: refusal.code ?? status,
    reason: refusal.reason ?? (status === '' ? 'no answer came' : `answered ${status}`),
    headers: eventHeaders(request),
    data: body,
  }
}

/** What the destination answered, as far as the dispatcher passed it on: a problem body of ours, or any text. */
function readRefusal(errorData: string | undefined): { code?: string; reason?: string } {
  if (errorData === undefined) return {}
  const answer = Buffer.from(errorData, 'base64').toString()
  const body = parseOrUndefined(answer)
  if (!isRecord(body) || typeof body['detail'] !== 'string') return { reason: answer }
  return {
    reason: body['detail'],
    ...(typeof body['code'] === 'string' ? { code: body['code'] } : {}),
  }
}

function eventHeaders({ headers }: WebRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith('ce-') || name === 'content-type'),
  )
}

function parseOrUndefined(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
