import type { DeadLetters } from '../../../functions/lib/ports/dead-letters.ts'
import { resendOf } from './resend.ts'
import type { Resend } from './resend.ts'

/** What a destination said. */
type Reply =
  | { readonly kind: 'answered'; readonly status: number; readonly reason: string }
  | { readonly kind: 'unanswered'; readonly reason: string }

/** Sends a request, and rejects never. */
export type Send = (resend: Resend) => Promise<Reply>

export interface RedriveNeeds {
  readonly deadLetters: DeadLetters
  readonly send: Send
}

export interface RedriveOptions {
  /** Of the KafkaSinks that rejected rows go to. */
  readonly namespace: string
  /** Also a letter that was sent again before. */
  readonly again: boolean
  /** Sends and marks nothing. */
  readonly dryRun: boolean
}

export const OUTCOMES = [
  /** Sent, taken and marked. */
  'redriven',
  /** Sent and taken an earlier time: nothing was done. */
  'already',
  /** Sent and refused: the letter stays as it was. */
  'refused',
  /** Nobody answered: the letter stays as it was. */
  'unanswered',
  /** The letter cannot be sent again. */
  'impossible',
  /** A dry run: it would be sent. */
  'would',
] as const

/** What became of a letter, and in a sentence for people. */
export interface Redrive {
  readonly id: string
  readonly outcome: (typeof OUTCOMES)[number]
  readonly detail: string
}

/**
 * Sends a dead letter once more and notes it when it is taken. Undefined when there is no such letter.
 *
 * It is noted after it was sent, so two at the same moment, or one that is killed in between, may send it twice:
 * handlers take repetitions.
 */
export async function redrive(
  id: string,
  { deadLetters, send }: RedriveNeeds,
  { namespace, again, dryRun }: RedriveOptions,
): Promise<Redrive | undefined> {
  const letter = await deadLetters.find(id)
  if (letter === undefined) return undefined
  const { redriven } = letter
  if (redriven !== undefined && !again) {
    const detail = `was sent again already, at ${redriven.at}: ${redriven.answer}`
    return { id, outcome: 'already', detail }
  }
  const way = resendOf(letter, namespace)
  if ('fault' in way) {
    return { id, outcome: 'impossible', detail: `cannot be sent again: it ${way.fault}` }
  }
  const { resend } = way
  if (dryRun) {
    const what = `${resend.headers['ce-type']}, ${resend.body.length} bytes`
    return { id, outcome: 'would', detail: `would go to ${resend.url}: ${what}` }
  }
  const reply = await send(resend)
  if (reply.kind === 'unanswered') {
    const detail = `was not sent: ${resend.url} gave no answer: ${reply.reason}`
    return { id, outcome: 'unanswered', detail }
  }
  const answer = `answered ${reply.status}${reply.reason === '' ? '' : `: ${reply.reason}`}`
  if (reply.status < 200 || reply.status > 299) {
    return { id, outcome: 'refused', detail: `is refused again: ${resend.url} ${answer}` }
  }
  await deadLetters.markRedriven(id, `${resend.url} answered ${reply.status}`)
  return { id, outcome: 'redriven', detail: `was sent again: ${resend.url} ${answer}` }
}
