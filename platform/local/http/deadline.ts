/**
 * The time of one exchange: over when its caller goes away, or when no answer began in time.
 *
 * One object, one listener and one timer for its whole way, because every request pays for them; a class, because an
 * object literal with getters is built many times more slowly.
 */
export class Deadline {
  readonly #caller: AbortSignal
  readonly #timer: NodeJS.Timeout | undefined
  readonly #callerLeft: () => void
  #whom: ((reason: Error) => void) | undefined
  #reason: Error | undefined
  #isTimeUp = false

  /** `ms` is wall time (a request takes as long on a fast clock as on a slow one); undefined: no limit. */
  constructor(caller: AbortSignal, ms: number | undefined) {
    this.#caller = caller
    this.#callerLeft = () => this.#end(reasonOf(caller))
    this.#timer = ms === undefined ? undefined : setTimeout(() => this.#timeUp(ms), ms)
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

  /** An answer has begun: from now on only the caller can end it. */
  begun(): void {
    clearTimeout(this.#timer)
  }

  /** The exchange has ended: nobody is told any more. */
  release(): void {
    this.#whom = undefined
    clearTimeout(this.#timer)
    this.#caller.removeEventListener('abort', this.#callerLeft)
  }

  #timeUp(ms: number): void {
    this.#isTimeUp = true
    this.#end(new Error(`no answer began within ${ms / 1_000} s`))
  }

  #end(reason: Error): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#whom?.(reason)
  }
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  return reason instanceof Error ? reason : new Error('the exchange was ended', { cause: reason })
}
