import type { IncomingHttpHeaders } from 'node:http'

import { httpHeaders } from '../../cloud-events/binary-mode.ts'
import type { AttributeValue, CloudEvent } from '../../cloud-events/cloud-event.ts'
import type { AttemptNeeds, Failure, Message } from '../attempts.ts'
import { sendWithRetries } from '../attempts.ts'
import type { Target } from '../target.ts'
import type { RetryPlan } from './back-off.ts'

/** Where a source delivers and how often it tries. */
export interface Route {
  readonly namespace: string
  readonly sink: Target
  readonly deadLetterSink: Target | undefined
  readonly plan: RetryPlan
}

/** What became of a record. All but `stopped` mean that it is done and its offset may be committed. */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'dead-lettered'; readonly failure: Failure }
  | {
      readonly kind: 'dropped'
      readonly failure: Failure
      /** Why the dead letter sink does not have it; undefined when there is none. */
      readonly deadLetterFailure: Failure | undefined
    }
  | { readonly kind: 'stopped' }

/**
 * Delivers an event to the sink or, when that fails for good, to the dead letter sink under the same rules. An event
 * that neither takes is dropped, as by Knative. Never rejects.
 */
export async function deliver(
  event: CloudEvent,
  { namespace, sink, deadLetterSink, plan }: Route,
  needs: AttemptNeeds,
): Promise<Outcome> {
  const rules = { ...plan, isDelivered, isRetried }
  const sent = await sendWithRetries(message(event, namespace), sink, rules, needs)
  if (sent.kind !== 'failed') return sent
  const { failure } = sent
  if (deadLetterSink === undefined)
    return { kind: 'dropped', failure, deadLetterFailure: undefined }
  const letter = message(deadLetter(event, failure, sink.url), namespace)
  const buried = await sendWithRetries(letter, deadLetterSink, rules, needs)
  switch (buried.kind) {
    case 'delivered':
      return { kind: 'dead-lettered', failure }
    case 'failed':
      return { kind: 'dropped', failure, deadLetterFailure: buried.failure }
    case 'stopped':
      return buried
  }
}

function isDelivered(status: number): boolean {
  return status < 300
}

function isRetried(status: number): boolean {
  return status >= 500 || [404, 408, 409, 429].includes(status)
}

function message(event: CloudEvent, namespace: string): Message {
  return {
    headers: { ...httpHeaders(event), prefer: 'reply', 'kn-namespace': namespace },
    body: event.data ?? new Uint8Array(0),
  }
}

/** The event as the dead letter sink gets it: with what the sink's last answer, if there was one, said of it. */
function deadLetter(event: CloudEvent, failure: Failure, destination: string): CloudEvent {
  const attributes: Record<string, AttributeValue> = {
    ...event.attributes,
    knativeerrordest: destination,
  }
  if (failure.kind === 'answered') {
    attributes['knativeerrorcode'] = String(failure.status)
    Object.assign(attributes, errorExtensions(failure.headers))
    if (failure.body.length > 0) {
      attributes['knativeerrordata'] = Buffer.from(failure.body).toString('base64')
    }
  }
  return { ...event, attributes }
}

const PREFIX = 'kne-'
const CONTEXT = /^(?:specversion|id|source|type|subject|time|datacontenttype|dataschema)$/

/** Response headers `kne-<name>` as extensions; what cannot be an extension's name is left out. */
function errorExtensions(headers: IncomingHttpHeaders): Record<string, string> {
  const extensions: Record<string, string> = {}
  for (const [header, value] of Object.entries(headers)) {
    const name = header.slice(PREFIX.length)
    const fits = /^[a-z0-9]+$/.test(name) && !CONTEXT.test(name)
    if (header.startsWith(PREFIX) && fits) extensions[name] = String(value)
  }
  return extensions
}
