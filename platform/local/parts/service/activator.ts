import type { Addressable, Answer, Exchange } from '../../exchange.ts'
import { Deadline } from '../../http/deadline.ts'
import type { TimeLimits } from '../../http/deadline.ts'
import { CutError, NotSentError } from '../../http/forward.ts'
import { textAnswer } from '../../http/text-answer.ts'
import { endAfterSilence, endWith } from './answer-end.ts'
import type { Breaker, Waiter } from './breaker.ts'
import type { Instance } from './instance.ts'

/** The way of requests through one revision. */
export interface Way {
  readonly breaker: Breaker<Instance>
  readonly limits: TimeLimits
  /** Wall milliseconds without a byte of the answer; 0: no limit. */
  readonly idleMs: number
  /** Whether the activator stands in the way: it holds what finds no place, and its name stands in what it refuses. */
  readonly isProxied: () => boolean
  readonly arrive: () => void
  readonly leave: () => void
}

/** The way of every request to a Service: it waits for a place at an instance, and is answered in time. */
export interface Activator {
  /** Rejects only with the reason of the exchange's own signal: whatever else goes wrong is an answer. */
  readonly send: Addressable['send']
  /** Sends what comes, and all who wait, another way. */
  readonly moveTo: (way: Way) => void
  /** Answers 503 to those who wait and to all who come. */
  readonly close: () => void
}

/**
 * What goes wrong is told as Knative tells it: 503 when too many wait, 504 when its time was up, 502 when the process
 * ended the connection first (the request may have had its effect). A request that reached nobody waits on.
 */
export function createActivator(first: Way): Activator {
  let current = first
  let isClosed = false
  const waiting = new Set<Passenger>()

  const answer = async (exchange: Exchange, passenger: Passenger): Promise<Answer> => {
    const close = () => {
      passenger.way.leave()
      passenger.deadline.release()
    }
    for (let again: 'again' | undefined; ; again = 'again') {
      if (passenger.way !== current) passenger.move(current)
      const turn = passenger.way.breaker.enter(passenger, again)
      if (turn === 'full') {
        close()
        return textAnswer(503, 'pending request queue full\n')
      }
      try {
        const instance = turn === 'waiting' ? await passenger.wait(waiting) : turn.place
        passenger.isSent = true
        const answered = await instance.send(exchange, passenger.deadline, close)
        return begun(answered, passenger)
      } catch (error) {
        if (!(error instanceof NotSentError)) throw error
        passenger.isSent = false
        if (isClosed) throw error
      }
    }
  }

  return {
    async send(exchange) {
      if (isClosed) return stopping()
      const passenger = new Passenger(current, new Deadline(exchange.signal, current.limits))
      try {
        return await answer(exchange, passenger)
      } catch (error) {
        const { deadline, isSent, way } = passenger
        way.leave()
        deadline.release()
        if (deadline.isTimeUp) return textAnswer(504, timeoutText(way))
        if (deadline.reason !== undefined) throw deadline.reason
        if (isClosed && !isSent) return stopping()
        if (!(error instanceof CutError)) throw error
        return textAnswer(502, 'the process ended the connection before it answered\n')
      }
    },
    moveTo(way) {
      const line = current.breaker.takeAll()
      current = way
      for (const passenger of waiting) passenger.move(way)
      for (const waiter of line) {
        const turn = way.breaker.enter(waiter, 'again')
        if (typeof turn !== 'string') waiter.go(turn.place)
      }
    },
    close() {
      isClosed = true
      for (const passenger of waiting) passenger.giveUp(new Error('the service is stopping'))
    },
  }
}

/** One request on its way. */
class Passenger implements Waiter<Instance> {
  readonly deadline: Deadline
  way: Way
  /** Whether it is at an instance, which may be acting on it. */
  isSent = false
  go: (instance: Instance) => void = ignore
  giveUp: (reason: Error) => void = ignore

  constructor(way: Way, deadline: Deadline) {
    this.way = way
    this.deadline = deadline
    way.arrive()
  }

  move(way: Way): void {
    this.way.leave()
    this.way = way
    way.arrive()
  }

  wait(among: Set<Passenger>): Promise<Instance> {
    return new Promise((resolve, reject) => {
      this.go = (instance) => {
        among.delete(this)
        resolve(instance)
      }
      this.giveUp = (reason) => {
        among.delete(this)
        this.way.breaker.withdraw(this)
        reject(reason)
      }
      among.add(this)
      this.deadline.tell(this.giveUp)
    })
  }
}

/** An answer whose status has come: the time that is left is that of its body. */
function begun(answer: Answer, { deadline, way }: Passenger): Answer {
  deadline.begun()
  const text = timeoutText(way)
  const heard = way.idleMs === 0 ? answer : endAfterSilence(answer, way.idleMs, text)
  deadline.tell((reason) => {
    if (deadline.isTimeUp) endWith(heard, text)
    else answer.body.destroy(reason)
  })
  return heard
}

function timeoutText(way: Way): string {
  return way.isProxied() ? 'activator request timeout' : 'request timeout'
}

function stopping(): Answer {
  return textAnswer(503, 'the service is stopping\n')
}

function ignore(): void {}
