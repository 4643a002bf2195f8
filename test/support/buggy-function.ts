import { env } from 'node:process'

import { serve } from '../../functions/lib/edge.ts'

// A function with a bug that one event always meets.
await serve('buggy', async () => ({
  port: Number(env['PORT']),
  host: env['HOST'],
  onEvent: async ({ id }) => {
    if (id === 'poison') throw new Error('a bug')
  },
  close: async () => undefined,
}))
