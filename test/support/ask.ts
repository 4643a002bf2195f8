import { text } from 'node:stream/consumers'
import type { Addressable, Exchange } from '../../platform/local/exchange.ts'

export interface Asked {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Sends one request to something addressable and reads the answer to its end. GET, or POST when there is a body. */
export async function ask(
  addressable: Addressable,
  path: string,
  rest: Partial<Omit<Exchange, 'path' | 'body'>> & {
    readonly body?: string | Exchange['body']
  } = {},
): Promise<Asked> {
  const { body = '', ...others } = rest
  const answer = await addressable.send({
    method: body === '' ? 'GET' : 'POST',
    headers: {},
    signal: new AbortController().signal,
    ...others,
    path,
    body: typeof body === 'string' ? Buffer.from(body) : body,
  })
  return { status: answer.status, headers: answer.headers, text: await text(answer.body) }
}
