import { env } from 'node:process'

import { readConfig } from '../lib/config.ts'
import { connect } from '../lib/connect.ts'
import { readDeclaredModels } from '../lib/declared-models.ts'
import { serve } from '../lib/edge.ts'
import { onEvaluationEvent } from './handler.ts'

await serve('evaluate', async (log) => {
  const config = readConfig(env, 'EVENTS_URL', 'DATABASE_URL', 'MODELS_FILE')
  const declared = readDeclaredModels(config.settings.MODELS_FILE)
  const { rows, scores, models, states, events, close } = await connect(config, {
    functionName: 'evaluate',
    log,
  })
  return {
    port: config.port,
    host: config.host,
    onEvent: onEvaluationEvent({ declared, rows, scores, models, states, events, log }),
    close,
  }
})
