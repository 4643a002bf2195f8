import type { IncomingMessage } from 'node:http'

import { ProblemError } from './answers.ts'

/**
 * Throws 403 for a request that may come from a page other than the console's own: one that changes something must say
 * `content-type: application/json`, which another site's page cannot send unasked, and carry no other origin than ours.
 */
export function requireOwnPage({ headers }: IncomingMessage): void {
  const { origin, host } = headers
  const type = headers['content-type']?.split(';', 1)[0]?.trim()
  if (type !== 'application/json') {
    throw new ProblemError(403, 'this changes something: send content-type: application/json')
  }
  const site = headers['sec-fetch-site'] ?? 'none'
  const isForeign = origin !== undefined && origin !== `http://${host}`
  if (isForeign || (site !== 'none' && site !== 'same-origin')) {
    throw new ProblemError(403, 'pages of other origins may not change anything here')
  }
}
