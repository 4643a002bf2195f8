import { env } from 'node:process'

import { readConfig } from '../lib/config.ts'
import { connect } from '../lib/connect.ts'
import { readDeclaredModels } from '../lib/declared-models.ts'
import { serve } from '../lib/edge.ts'
import { onEvent } from './handler.ts'

await serve('train', async (log) => {
  const config = readConfig(env, 'EVENTS_URL', 'DATABASE_URL', 'MODELS_FILE')
  const declared = readDeclaredModels(config.settings.MODELS_FILE)
  const { rows, models, states, events, close } = await connect(config, {
    functionName: 'train',
    log,
  })
  return {
    port: config.port,
    host: config.host,
    onEvent: onEvent({ declared, rows, models, states, events, log }),
    close,
  }
})
