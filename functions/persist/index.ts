import { env } from 'node:process'

import { readConfig } from '../lib/config.ts'
import { connectDatabase, connectEvents } from '../lib/connect.ts'
import { serve } from '../lib/edge.ts'
import { deadLetterRoute } from './dead-letters.ts'
import { onRows } from './handler.ts'

await serve('persist', async () => {
  const { port, host, settings } = readConfig(env, 'EVENTS_URL', 'DATABASE_URL')
  const events = connectEvents(settings.EVENTS_URL, 'persist')
  const database = connectDatabase(settings.DATABASE_URL)
  return {
    port,
    host,
    onEvent: onRows({ rows: database.rows, events }),
    routes: [deadLetterRoute(database.deadLetters)],
    close: async () => {
      await events.close()
      await database.close()
    },
  }
})
