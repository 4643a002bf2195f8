import { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import type { Answer } from '../../exchange.ts'

/**
 * Ends an answer that has begun and took too long as Knative does: the status has gone, so the sentence follows what
 * came of the body. One of a declared length is cut, since it would not be whole.
 */
export function endWith({ headers, body }: Answer, text: string): void {
  if (headers['content-length'] !== undefined) {
    body.destroy(new Error(text))
    return
  }
  // What its process still sends has nowhere to go.
  if (body instanceof IncomingMessage) body.socket.pause()
  body.push(text)
  body.push(null)
}

/** An answer that is ended once nothing came of its body for some wall milliseconds. */
export function endAfterSilence(answer: Answer, idleMs: number, text: string): Answer {
  const body = new PassThrough()
  const heard = { ...answer, body }
  const timer = setTimeout(() => {
    answer.body.unpipe(body)
    endWith(heard, text)
    answer.body.destroy()
  }, idleMs)
  answer.body.on('data', () => timer.refresh())
  answer.body.once('error', (error) => body.destroy(error))
  answer.body.once('close', () => clearTimeout(timer))
  body.once('close', () => answer.body.destroy())
  answer.body.pipe(body)
  return heard
}
