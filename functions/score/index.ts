import { env } from 'node:process'

import { readConfig } from '../lib/config.ts'
import { connect } from '../lib/connect.ts'
import { serve } from '../lib/edge.ts'
import { onStoredRows } from './handler.ts'

await serve('score', async (log) => {
  const config = readConfig(env, 'EVENTS_URL', 'DATABASE_URL')
  const { scores, events, close } = await connect(config, { functionName: 'score', log })
  return {
    port: config.port,
    host: config.host,
    onEvent: onStoredRows({ scores, events }),
    close,
  }
})
