import { z } from 'zod'

/** `ceOverrides`: attributes set on every event of a source. */
export const eventOverrides = z.strictObject({
  extensions: z
    .record(
      z.string().regex(/^[a-z0-9]+$/, {
        error: 'is no CloudEvents attribute; write lower-case letters and digits',
      }),
      z.string(),
    )
    .optional(),
})
