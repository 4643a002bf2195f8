import { Readable } from 'node:stream'
import type { Answer } from '../exchange.ts'

/** An answer of the platform's own: a status and a sentence, as plain text. */
export function textAnswer(status: number, text: string): Answer {
  const bytes = Buffer.from(text)
  const body = new Readable({ read: () => undefined })
  body.push(bytes)
  body.push(null)
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(bytes.byteLength),
      'x-content-type-options': 'nosniff',
    },
    body,
  }
}
