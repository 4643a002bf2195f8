/** A state as it is kept. */
interface State {
  /** How often it has been put: 1 for the first time. */
  revision: number
  /** The document as JSON keeps it, to be parsed by who put it. */
  document: unknown
}

/**
 * One document per id, replaced only by who knows what it replaces.
 *
 * `put` replaces the document when the stored revision is still the expected one (0: there is none yet), which then
 * counts one more, and answers whether it did. Of several who expect the same revision exactly one wins, whatever they
 * put. A repeated put loses, also its own first try: who cannot tell whether a put arrived reads again and looks
 * whether the document already holds what is to be added. States are kept without an end.
 *
 * A put that answered true is durable, and a `get` after it, by anybody, answers that revision or a later one. Both
 * reject with a `RetryableError` when the store cannot be reached or written; a put may have arrived then.
 */
export interface States {
  get(id: string): Promise<State | undefined>
  put(
    id: string,
    document: Readonly<Record<string, unknown>>,
    expectedRevision: number,
  ): Promise<boolean>
}
