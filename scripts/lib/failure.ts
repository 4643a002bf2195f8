/** A command cannot do what it was asked: the sentence for its user, and the exit code. */
export class CommandFailure extends Error {
  /** 1: it did not work. 2: it was asked for in a wrong way. */
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandFailure'
    this.exitCode = exitCode
  }
}
