import { z } from 'zod'
import { parseDurationMs } from '../duration.ts'

/** ISO 8601 text, read as milliseconds. */
export const durationMs = z.string().transform((text, context) => {
  const milliseconds = parseDurationMs(text)
  if (milliseconds !== undefined) return milliseconds
  context.issues.push({
    code: 'custom',
    input: text,
    message: `is ${JSON.stringify(text)}, not a duration; write ISO 8601 of days, hours, minutes and seconds, e.g. PT1S`,
  })
  return z.NEVER
})
