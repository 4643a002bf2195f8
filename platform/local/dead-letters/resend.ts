import { TOPICS } from '../../../functions/lib/events.ts'
import type { StoredDeadLetter } from '../../../functions/lib/ports/dead-letters.ts'
import { KAFKA_INGRESS_URL } from '../parts/kafka-ingress.ts'

/** A request that delivers what a letter is about once more. */
export interface Resend {
  /** The address as Knative writes it, e.g. `http://persist.nowcast.svc.cluster.local/`. */
  readonly url: string
  /** CloudEvents in HTTP binary mode. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/**
 * How a letter is sent again; or, as the rest of a sentence about it, why it cannot be.
 *
 * An event goes to the address that refused it, with its own attributes and bytes. A rejected row goes, as an event of
 * its own, to the topic of its kind in a namespace, and not to the function that rejected it alone: the other readers of the
 * topic have left the row out, too.
 */
export function resendOf(
  letter: StoredDeadLetter,
  namespace: string,
): { readonly resend: Resend } | { readonly fault: string } {
  return isRowLetter(letter) ? resendOfRow(letter, namespace) : resendOfEvent(letter)
}

/** Whether a letter is about one row of an event: those name the function that rejected it, others an address. */
export function isRowLetter({ type, destination }: StoredDeadLetter): boolean {
  return type === 'dev.nowcast.rejected' && destination !== '' && !URL.canParse(destination)
}

function resendOfEvent({
  destination,
  headers,
  data,
}: StoredDeadLetter): ReturnType<typeof resendOf> {
  if (destination === '') return { fault: 'names no destination' }
  if (!/^https?:\/\//.test(destination) || !URL.canParse(destination)) {
    return { fault: `names a destination that is no address: ${destination}` }
  }
  if (headers['ce-id'] === undefined || headers['ce-type'] === undefined) {
    return { fault: 'holds no CloudEvent' }
  }
  const own = Object.entries(headers).filter(([name]) => !ADDED_SINCE.test(name))
  return { resend: { url: destination, headers: Object.fromEntries(own), body: data } }
}

/** What the dispatcher added to the event, and its place in the topic of dead letters in place of its own. */
const ADDED_SINCE = /^ce-(?:knativeerror(?:dest|code|data)|knativekafka(?:partition|offset))$/

function resendOfRow(
  { id, headers, data }: StoredDeadLetter,
  namespace: string,
): ReturnType<typeof resendOf> {
  const type = headers['ce-type']
  if (type === undefined) {
    return { fault: 'holds too little of its row: it was too large, or is nothing to be sent' }
  }
  const topic = Object.entries(TOPICS).find(([known]) => known === type)?.[1]
  if (topic === undefined) return { fault: `holds a row of ${type}, which has no topic` }
  const body = Buffer.concat([Buffer.from('{"rows":['), data, Buffer.from(']}')])
  const url = `${KAFKA_INGRESS_URL}/${namespace}/${topic}`
  // The letter's own id: the event around it had other rows and counts as done.
  return { resend: { url, headers: { ...headers, 'ce-id': id }, body } }
}
