import type { Log } from '../lib/ports/log.ts'

/** A state to go on with; one that was damaged is to be put even if nothing else changes it. */
export interface Opened<S> {
  state: S
  isRepaired: boolean
}

/**
 * The state in a document, or a new one where there is none; `begin` makes it, and is told whether one was lost.
 *
 * A damaged document is an error in the log, and the model starts anew: everything in it can be learnt again from the
 * stored rows. Refusing it would make a dead letter of every row event of the series until somebody deletes the
 * document, and then learn from the same rows.
 */
export async function opened<S>(
  log: Log,
  { name, id }: { name: string; id: string },
  document: unknown,
  parse: (document: unknown) => S,
  begin: (isStored: boolean) => Promise<S>,
): Promise<Opened<S>> {
  const isStored = document !== undefined
  if (isStored) {
    try {
      return { state: parse(document), isRepaired: false }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const fact = `state document "${id}" is damaged: the model starts anew from the stored rows`
      log('error', fact, { model: name, error: why })
    }
  }
  return { state: await begin(isStored), isRepaired: isStored }
}
