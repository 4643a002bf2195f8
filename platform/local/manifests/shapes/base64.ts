import { Buffer } from 'node:buffer'
import { z } from 'zod'

/** Bytes written as base64. The message never quotes them: they may be a secret. */
export const base64 = z.string().transform((text, context): Uint8Array => {
  const bytes = Buffer.from(text, 'base64')
  const compact = text.replaceAll(/\s/g, '')
  if (bytes.toString('base64') === compact) return Uint8Array.from(bytes)
  context.issues.push({
    code: 'custom',
    input: text,
    message:
      'is not base64; encode it, or write it as plain text where the kind has a field for that',
  })
  return z.NEVER
})
