import { env } from 'node:process'

import { readConfig } from '../lib/config.ts'
import { connectDatabase, connectEvents } from '../lib/connect.ts'
import { readDeclaredModels } from '../lib/declared-models.ts'
import { serve } from '../lib/edge.ts'
import { onFeatures } from './handler.ts'
import { restRoute } from './rest.ts'
import { startServing } from './serving.ts'

await serve('predict', async (log) => {
  const { port, host, settings, optional } = readConfig(
    env,
    'EVENTS_URL',
    'DATABASE_URL',
    'MODELS_FILE',
  )
  const declared = readDeclaredModels(settings.MODELS_FILE)
  const events = await connectEvents(settings.EVENTS_URL, {
    functionName: 'predict',
    credentials: optional.EVENTS_CREDENTIALS,
    log,
  })
  const database = await connectDatabase(settings.DATABASE_URL, optional.DATABASE_CA)
  const serving = startServing(database.models, log)
  return {
    port,
    host,
    onEvent: onFeatures({ declared, serving, events, log }),
    routes: [restRoute({ declared, models: database.models, serving })],
    close: async () => {
      await events.close()
      await database.close()
    },
  }
})
