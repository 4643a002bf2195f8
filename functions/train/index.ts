import { env } from 'node:process'

import { readConfig } from '../lib/config.ts'
import { connectDatabase, connectEvents } from '../lib/connect.ts'
import { readDeclaredModels } from '../lib/declared-models.ts'
import { serve } from '../lib/edge.ts'
import { onTick } from './handler.ts'

await serve('train', async (log) => {
  const { port, host, settings, optional } = readConfig(
    env,
    'EVENTS_URL',
    'DATABASE_URL',
    'MODELS_FILE',
  )
  const declared = readDeclaredModels(settings.MODELS_FILE)
  const events = await connectEvents(settings.EVENTS_URL, {
    functionName: 'train',
    credentials: optional.EVENTS_CREDENTIALS,
    log,
  })
  const database = await connectDatabase(settings.DATABASE_URL, optional.DATABASE_CA)
  return {
    port,
    host,
    onEvent: onTick({ declared, rows: database.rows, models: database.models, events, log }),
    close: async () => {
      await events.close()
      await database.close()
    },
  }
})
