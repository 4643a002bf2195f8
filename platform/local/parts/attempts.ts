import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

import type { Clock } from '../clock.ts'
import type { Answer } from '../exchange.ts'
import type { Target } from './target.ts'

/** Why an attempt did not deliver. */
export type Failure =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: IncomingHttpHeaders
      /** The first 1,024 bytes. */
      readonly body: Uint8Array
    }
  | { readonly kind: 'unanswered'; readonly reason: string }

/** How a message's delivery ended. `stopped`: the source is closing; nobody knows whether the message arrived. */
export type Sent =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'stopped' }

/** The rules of one source. */
export interface AttemptRules {
  /** Attempts after the first. */
  readonly retries: number
  /** Of one attempt, answer and body, milliseconds of the wall. */
  readonly timeoutMs: number
  /** Virtual milliseconds before retry `k`, from 1. */
  readonly waitMs: (k: number) => number
  readonly isDelivered: (status: number) => boolean
  readonly isRetried: (status: number) => boolean
}

/** What a delivery runs on. */
export interface AttemptNeeds {
  readonly clock: Clock
  /** Whose turn is first when the clock lets one thing happen at a time. */
  readonly order: number
  /** Fires when no new attempt may begin. */
  readonly stopping: AbortSignal
  /** Fires when requests in flight are cut. */
  readonly cut: AbortSignal
  /** Told of every failed attempt, and whether another one follows. */
  readonly onFailure: (failure: Failure, again: boolean) => void
}

export interface Message {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Posts a message until it is delivered, its failure is final, or the source stops. */
export async function sendWithRetries(
  message: Message,
  target: Target,
  rules: AttemptRules,
  needs: AttemptNeeds,
): Promise<Sent> {
  const { clock, order, stopping, cut, onFailure } = needs
  for (let attempt = 1; ; attempt++) {
    if (stopping.aborted) return { kind: 'stopped' }
    let outcome: Failure | undefined
    try {
      outcome = await clock.turn(order, () => post(message, target, rules, cut), stopping)
    } catch (error) {
      if (!stopping.aborted) throw error
      return { kind: 'stopped' }
    }
    if (outcome === undefined) return { kind: 'delivered' }
    if (stopping.aborted) return { kind: 'stopped' }
    const retriable = outcome.kind === 'unanswered' || rules.isRetried(outcome.status)
    const again = retriable && attempt <= rules.retries
    onFailure(outcome, again)
    if (!again) return { kind: 'failed', failure: outcome }
    try {
      await clock.sleep(rules.waitMs(attempt), stopping)
    } catch (error) {
      if (!stopping.aborted) throw error
    }
  }
}

const KEPT_BYTES = 1_024
/** A longer answer is cut off: its length is no reason to deliver again. */
const READ_BYTES = 1_048_576
const MAX_TIMER_MS = 2 ** 31 - 1

async function post(
  { headers, body }: Message,
  { addressable, path }: Target,
  { timeoutMs, isDelivered }: AttemptRules,
  cut: AbortSignal,
): Promise<Failure | undefined> {
  const attempt = new AbortController()
  const end = () => attempt.abort(new Error('the source is closing'))
  const late = () => attempt.abort(new Error(`no answer within ${timeoutMs} ms`))
  const timer = setTimeout(late, Math.min(timeoutMs, MAX_TIMER_MS))
  cut.addEventListener('abort', end, { once: true })
  if (cut.aborted) end()
  try {
    const { signal } = attempt
    const answer = await addressable.send({ method: 'POST', path, headers, body, signal })
    const kept = await readBody(answer, signal)
    if (isDelivered(answer.status)) return undefined
    return { kind: 'answered', status: answer.status, headers: answer.headers, body: kept }
  } catch (error) {
    // Every rejection is a delivery that failed: a refused or cut connection, the time-out, a header HTTP cannot carry.
    return { kind: 'unanswered', reason: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
    cut.removeEventListener('abort', end)
  }
}

async function readBody({ body }: Answer, signal: AbortSignal): Promise<Uint8Array> {
  const end = () => destroy(body, signal)
  signal.addEventListener('abort', end, { once: true })
  try {
    const kept: Uint8Array[] = []
    let keptBytes = 0
    let bytes = 0
    const chunks: AsyncIterable<unknown> = body
    for await (const chunk of chunks) {
      const part = chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk))
      const more = part.subarray(0, KEPT_BYTES - keptBytes)
      if (more.length > 0) kept.push(more)
      keptBytes += more.length
      bytes += part.length
      if (bytes > READ_BYTES) break
    }
    return Buffer.concat(kept)
  } finally {
    signal.removeEventListener('abort', end)
  }
}

function destroy(body: Readable, { reason }: AbortSignal): void {
  body.destroy(reason instanceof Error ? reason : new Error('the attempt was ended'))
}

/** A failure in a few words, e.g. `it answered 503 (out of memory)`. */
export function inWords(failure: Failure): string {
  if (failure.kind === 'unanswered') return failure.reason
  const text = new TextDecoder()
    .decode(failure.body)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text
  return `it answered ${failure.status}${shown === '' ? '' : ` (${shown})`}`
}
