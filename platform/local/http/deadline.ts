/** Wall milliseconds: a request takes as long on a fast clock as on a slow one. */
export interface TimeLimits {
  /** Until an answer begins. */
  readonly beginMs: number
  /** Until it has come to its end. */
  readonly wholeMs: number
}

/**
 * The time of one exchange: over when its caller goes away, when no answer began in time, or when it took too long.
 *
 * One object, one listener and one timer for its whole way, because every request pays for them; a class, because an
 * object literal with getters is built many times more slowly.
 */
export class Deadline {
  readonly #caller: AbortSignal
  readonly #limits: TimeLimits | undefined
  readonly #since: number
  #timer: NodeJS.Timeout | undefined
  readonly #callerLeft: () => void
  #whom: ((reason: Error) => void) | undefined
  #reason: Error | undefined
  #isTimeUp = false
  #isReleased = false

  /** Without limits only the caller can end it. */
  constructor(caller: AbortSignal, limits: TimeLimits | undefined) {
    this.#caller = caller
    this.#limits = limits
    this.#since = performance.now()
    this.#callerLeft = () => this.#end(reasonOf(caller))
    if (limits !== undefined) this.#wait(Math.min(limits.beginMs, limits.wholeMs))
    if (caller.aborted) this.#callerLeft()
    else caller.addEventListener('abort', this.#callerLeft, { once: true })
  }

  /** Why the exchange must end; undefined while it may go on. */
  get reason(): Error | undefined {
    return this.#reason
  }

  /** Whether it was the time that ran out, and not the caller who went away. */
  get isTimeUp(): boolean {
    return this.#isTimeUp
  }

  /** Who is told when it is over: the last one named, at once if it is over already. */
  tell(whom: (reason: Error) => void): void {
    this.#whom = whom
    if (this.#reason !== undefined) whom(this.#reason)
  }

  /** An answer has begun: what is left is the time of the whole. */
  begun(): void {
    // The usual case: one limit, whose timer goes on.
    if (this.#limits === undefined || this.#limits.beginMs >= this.#limits.wholeMs) return
    if (this.#isReleased || this.#reason !== undefined) return
    clearTimeout(this.#timer)
    this.#wait(this.#limits.wholeMs - (performance.now() - this.#since))
  }

  /** The exchange has ended: nobody is told any more. */
  release(): void {
    this.#isReleased = true
    this.#whom = undefined
    clearTimeout(this.#timer)
    this.#caller.removeEventListener('abort', this.#callerLeft)
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#isTimeUp = true
      this.#end(new Error('its time is up'))
    }, ms)
    // The connections of an exchange keep a process alive, not what is left of its time.
    this.#timer.unref()
  }

  #end(reason: Error): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    // Who is told may hold it for long; the time is over all the same.
    clearTimeout(this.#timer)
    this.#whom?.(reason)
  }
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  return reason instanceof Error ? reason : new Error('the exchange was ended', { cause: reason })
}
