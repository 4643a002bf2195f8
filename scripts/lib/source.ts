import { createReadStream } from 'node:fs'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'

import { CommandFailure } from './failure.ts'

/** More than any topic takes, and no more than fits into memory with ease. */
const MAX_BYTES = 64 * 1024 * 1024

/** Reads what an argument stands for: the text itself, `@file`, or `-` for what is piped in. */
export async function readSource(source: string): Promise<Buffer> {
  if (source === '-') return readAll(process.stdin, 'what is piped in')
  if (!source.startsWith('@')) return Buffer.from(source)
  const file = source.slice(1)
  return readAll(createReadStream(file), file)
}

async function readAll(stream: Readable, name: string): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  try {
    // Without an encoding a stream gives bytes.
    stream.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes > MAX_BYTES) stream.destroy(new Error('it is over 64 MB'))
      else parts.push(part)
    })
    await finished(stream)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : ''
    throw new CommandFailure(`${name} cannot be read: ${why}`, 2, { cause })
  }
  return Buffer.concat(parts)
}
