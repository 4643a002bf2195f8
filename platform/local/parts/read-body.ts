import type { Readable } from 'node:stream'

/**
 * Reads a body of at most `limit` bytes to its end. Answers undefined for a longer one: it is not kept, and what remains
 * of it is let go, so that its sender gets to read the answer.
 */
export async function readAtMost(
  body: Uint8Array | Readable,
  limit: number,
): Promise<Uint8Array | undefined> {
  if (body instanceof Uint8Array) return body.length > limit ? undefined : body
  const parts: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop must not destroy the stream: the answer goes back on the same connection.
  const chunks: AsyncIterable<unknown> = { [Symbol.asyncIterator]: () => iterate(body) }
  for await (const chunk of chunks) {
    const part = chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk))
    bytes += part.length
    if (bytes > limit) {
      body.resume()
      return undefined
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function iterate(body: Readable): AsyncIterator<unknown> {
  return body.iterator({ destroyOnReturn: false })
}

/** Lets go of a body that nobody wants to read. */
export function discard(body: Uint8Array | Readable): void {
  if (!(body instanceof Uint8Array)) body.resume()
}
