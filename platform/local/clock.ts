/** The platform's time. On a laptop it may run faster than the wall's; it never runs backwards, also over restarts. */
export interface Clock {
  /** Virtual milliseconds since the epoch, whole. */
  now(): number
  /** Virtual milliseconds that pass in one of the wall's. */
  readonly speed: number
  /** Resolves once `ms` of virtual time have passed; rejects with the signal's reason when it fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
