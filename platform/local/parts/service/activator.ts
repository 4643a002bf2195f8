import type { Answer, Exchange } from '../../exchange.ts'
import { Deadline } from '../../http/deadline.ts'
import { CutError, NotSentError } from '../../http/forward.ts'
import { textAnswer } from '../../http/text-answer.ts'
import type { Breaker, Waiter } from './breaker.ts'
import type { Instance } from './instance.ts'

export interface ActivatorNeeds {
  readonly breaker: Breaker
  /** Wall milliseconds within which an answer must have begun. */
  readonly timeoutMs: number
  /** A ready instance, when there is one. */
  readonly pick: () => Instance | undefined
}

/** The way of every request to a Service: it waits for its turn, goes to an instance, and is answered in time. */
export interface Activator {
  /** Rejects only with the reason of the exchange's own signal: whatever else goes wrong is an answer. */
  readonly send: (exchange: Exchange) => Promise<Answer>
  /** Answers 503 to those who wait and to all who come. */
  readonly close: () => void
}

/**
 * What goes wrong is told as Knative tells it: 503 when too many wait, 504 when no answer began in time, 502 when the
 * process ended the connection first (the request may have had its effect). A request that reached nobody waits on.
 */
export function createActivator({ breaker, timeoutMs, pick }: ActivatorNeeds): Activator {
  const waiting = new Set<() => void>()
  let isClosed = false

  const answer = async (exchange: Exchange, passage: Passage): Promise<Answer> => {
    const { deadline } = passage
    const close = () => {
      breaker.leave()
      deadline.release()
    }
    for (let again: 'again' | undefined; ; again = 'again') {
      const turn = takeTurn(breaker, deadline, waiting, again)
      if (turn === 'full') {
        deadline.release()
        return textAnswer(503, 'too many requests wait for this service\n')
      }
      if (turn !== 'now') await turn
      try {
        const instance = pick()
        if (instance === undefined) throw new NotSentError('no instance is ready')
        passage.isSent = true
        const answered = await instance.send(exchange, deadline, close)
        deadline.begun()
        return answered
      } catch (error) {
        breaker.leave()
        if (!(error instanceof NotSentError)) throw error
        passage.isSent = false
        if (isClosed) throw error
      }
    }
  }

  return {
    async send(exchange) {
      if (isClosed) return stopping()
      const passage: Passage = {
        deadline: new Deadline(exchange.signal, timeoutMs),
        isSent: false,
      }
      try {
        return await answer(exchange, passage)
      } catch (error) {
        const { deadline, isSent } = passage
        deadline.release()
        if (deadline.isTimeUp) {
          return textAnswer(504, isSent ? 'request timeout' : 'activator request timeout')
        }
        if (deadline.reason !== undefined) throw deadline.reason
        if (isClosed && !isSent) return stopping()
        if (!(error instanceof CutError)) throw error
        return textAnswer(502, 'the process ended the connection before it answered\n')
      }
    },
    close() {
      isClosed = true
      for (const giveUp of waiting) giveUp()
    },
  }
}

interface Passage {
  readonly deadline: Deadline
  /** Whether it is at an instance, which may be acting on it. */
  isSent: boolean
}

function stopping(): Answer {
  return textAnswer(503, 'the service is stopping\n')
}

function takeTurn(
  breaker: Breaker,
  deadline: Deadline,
  waiting: Set<() => void>,
  again: 'again' | undefined,
): 'now' | 'full' | Promise<void> {
  const waiter: Waiter = { go: ignore }
  const turn = breaker.enter(waiter, again)
  if (turn !== 'waiting') return turn
  return new Promise((resolve, reject) => {
    const giveUp = (reason = new Error('the service is stopping')) => {
      waiting.delete(giveUp)
      breaker.withdraw(waiter)
      reject(reason)
    }
    waiter.go = () => {
      waiting.delete(giveUp)
      resolve()
    }
    waiting.add(giveUp)
    deadline.tell(giveUp)
  })
}

function ignore(): void {}
