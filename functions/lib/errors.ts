/** This event will never work: answered 422, which a KafkaSource sends to the dead letter sink at once. */
export class RejectedError extends Error {
  /** A short stable word for the reason, e.g. `timestamp-missing`; dead letters carry it. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RejectedError'
    this.code = code
  }
}

/** Deliver the event again: answered 503, which a KafkaSource retries. */
export class RetryableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RetryableError'
  }
}
