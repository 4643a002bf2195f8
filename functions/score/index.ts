import { env } from 'node:process'

import { readConfig } from '../lib/config.ts'
import { connectDatabase, connectEvents } from '../lib/connect.ts'
import { serve } from '../lib/edge.ts'
import { onStoredRows } from './handler.ts'

await serve('score', async (log) => {
  const { port, host, settings, optional } = readConfig(env, 'EVENTS_URL', 'DATABASE_URL')
  const events = await connectEvents(settings.EVENTS_URL, {
    functionName: 'score',
    credentials: optional.EVENTS_CREDENTIALS,
    log,
  })
  const database = await connectDatabase(settings.DATABASE_URL, optional.DATABASE_CA)
  return {
    port,
    host,
    onEvent: onStoredRows({ scores: database.scores, events }),
    close: async () => {
      await events.close()
      await database.close()
    },
  }
})
