import { env } from 'node:process'

import { readConfig } from '../lib/config.ts'
import { connect } from '../lib/connect.ts'
import { readDeclaredModels } from '../lib/declared-models.ts'
import { serve } from '../lib/edge.ts'
import { onFeatures } from './handler.ts'
import { inferenceRoute } from './inference.ts'
import { openApiRoute } from './openapi.ts'
import { restRoute } from './rest.ts'
import { startServing } from './serving.ts'

await serve('predict', async (log) => {
  const config = readConfig(env, 'EVENTS_URL', 'DATABASE_URL', 'MODELS_FILE')
  const declared = readDeclaredModels(config.settings.MODELS_FILE)
  const { models, states, events, close } = await connect(config, { functionName: 'predict', log })
  const serving = startServing({ models, states }, log)
  return {
    port: config.port,
    host: config.host,
    onEvent: onFeatures({ declared, serving, events, log }),
    routes: [
      restRoute({ declared, models, serving }),
      inferenceRoute({ declared, serving }),
      openApiRoute,
    ],
    close,
  }
})
