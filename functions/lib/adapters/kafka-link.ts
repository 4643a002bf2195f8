import { setTimeout as pause } from 'node:timers/promises'
import type { Producer } from 'kafkajs'

import { RetryableError } from '../errors.ts'
import type { Log } from '../ports/log.ts'
import { kafkaFailure, kafkaReason } from './kafka-failure.ts'

/** A connection that is made again when it breaks. */
export interface KafkaLink {
  /**
   * Tries to connect and resolves when that is done, connected or not; an absent broker is no reason to fail. Rejects when the brokers refuse
   * the login or their certificate is not believed, for no waiting helps then.
   */
  open(): Promise<void>
  /** The connected producer. Rejects with a `RetryableError` at once while the brokers are known to be away. */
  producer(): Promise<Producer>
  /**
   * A send failed: this producer is not used again, and another one is connected. A producer numbers what it sends; after a
   * failure it would use numbers again that the broker may have, and the broker would take new records for old ones.
   */
  discard(producer: Producer, error: unknown): void
  close(): Promise<void>
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly attempt: Promise<Producer> }
  | { readonly kind: 'connected'; readonly producer: Producer }
  | { readonly kind: 'away'; readonly error: unknown; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'closed' }

/** How long the start of a function waits for brokers that do not answer. */
const OPEN_TIMEOUT_MS = 5_000
const FIRST_BACK_OFF_MS = 250
const LONGEST_BACK_OFF_MS = 5_000

/**
 * Holds one producer of a cluster. `create` makes a new one, not connected, each time: credentials that were changed meanwhile are
 * read again.
 *
 * The log hears of a change once: that the brokers are away, that they are back.
 */
export function kafkaLink(create: () => Producer, log: Log): KafkaLink {
  let state: State = { kind: 'idle' }
  let backOffMs = FIRST_BACK_OFF_MS
  let awaySince: number | undefined
  let isOpening = false

  function connect(): Promise<Producer> {
    const attempt = attemptToConnect()
    state = { kind: 'connecting', attempt }
    // Whoever waits for the attempt hears of its failure; perhaps nobody does.
    attempt.catch(() => undefined)
    return attempt
  }

  async function attemptToConnect(): Promise<Producer> {
    let producer: Producer | undefined
    try {
      producer = create()
      await producer.connect()
    } catch (error) {
      if (producer !== undefined) drop(producer)
      away(error)
      throw error
    }
    if (state.kind === 'closed') {
      drop(producer)
      throw new Error('it was closed')
    }
    state = { kind: 'connected', producer }
    if (awaySince !== undefined) {
      const seconds = Math.round((performance.now() - awaySince) / 1_000)
      log('info', 'the Kafka brokers are back', { seconds })
    }
    awaySince = undefined
    backOffMs = FIRST_BACK_OFF_MS
    return producer
  }

  function away(error: unknown): void {
    if (state.kind === 'closed') return
    const isNews = awaySince === undefined
    awaySince ??= performance.now()
    // Whoever opens it is told a refusal by its rejection.
    if (isNews && !(isOpening && kafkaFailure(error) === 'refused')) {
      const fact =
        kafkaFailure(error) === 'refused'
          ? 'the Kafka brokers refuse the login, or their certificate is not signed by ca.crt: events are not taken until that is mended'
          : 'the Kafka brokers cannot be reached: events are not taken until they can'
      log('warn', fact, { error: kafkaReason(error) })
    }
    const timer = setTimeout(() => void connect(), backOffMs)
    backOffMs = Math.min(backOffMs * 2, LONGEST_BACK_OFF_MS)
    state = { kind: 'away', error, timer }
  }

  return {
    async open() {
      isOpening = true
      const attempt = state.kind === 'connecting' ? state.attempt : connect()
      const enough = new AbortController()
      const late = pause(OPEN_TIMEOUT_MS, undefined, { signal: enough.signal }).catch(
        () => undefined,
      )
      try {
        await Promise.race([attempt, late])
      } catch (error) {
        if (kafkaFailure(error) === 'refused') throw error
      } finally {
        isOpening = false
        enough.abort()
      }
    },

    async producer() {
      switch (state.kind) {
        case 'connected':
          return state.producer
        case 'idle':
          return connect().catch(unreachable)
        case 'connecting':
          // The second attempt and later ones are made in the background: who comes meanwhile is not kept waiting.
          return awaySince === undefined
            ? state.attempt.catch(unreachable)
            : unreachable(new Error('they were away a moment ago'))
        case 'away':
          return unreachable(state.error)
        case 'closed':
          throw new RetryableError('the connection to Kafka is closed')
      }
    },

    discard(producer, error) {
      if (state.kind !== 'connected' || state.producer !== producer) return
      drop(producer)
      // One record that is too large says nothing of the brokers; anything else may mean that they are away.
      log('debug', 'a send to Kafka failed', { error: kafkaReason(error) })
      void connect().catch(() => undefined)
    },

    async close() {
      const last = state
      state = { kind: 'closed' }
      if (last.kind === 'away') clearTimeout(last.timer)
      if (last.kind === 'connected') await last.producer.disconnect()
    },
  }
}

function unreachable(cause: unknown): never {
  throw new RetryableError(`the Kafka brokers cannot be reached: ${kafkaReason(cause)}`)
}

/** Disconnects what is of no use any more; that it is gone already is no news. */
function drop(producer: Producer): void {
  producer.disconnect().catch(() => undefined)
}
