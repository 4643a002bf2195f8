import { createHash } from 'node:crypto'

import type { DeadLetter } from '../ports/dead-letters.ts'

/** Names a letter by what it is about. Every store uses this name, so that a letter keeps it when it moves. */
export function letterId({ source, eventId, rowTimestamp, destination, data }: DeadLetter): string {
  return createHash('sha256')
    .update(JSON.stringify([source, eventId, rowTimestamp, destination]))
    .update(data)
    .digest('hex')
    .slice(0, 24)
}
