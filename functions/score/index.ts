import { env } from 'node:process'

import { readConfig } from '../lib/config.ts'
import { connectDatabase, connectEvents } from '../lib/connect.ts'
import { serve } from '../lib/edge.ts'
import { onStoredRows } from './handler.ts'

await serve('score', async () => {
  const { port, host, settings } = readConfig(env, 'EVENTS_URL', 'DATABASE_URL')
  const events = connectEvents(settings.EVENTS_URL, 'score')
  const database = connectDatabase(settings.DATABASE_URL)
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
