import { createHash } from 'node:crypto'

/**
 * A short hash of a definition, kept beside it where it is stored: equal revisions mean that nothing has to be written.
 * The same values in the same order give the same revision, on any machine.
 */
export function revisionOf(definition: unknown): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 12)
}
