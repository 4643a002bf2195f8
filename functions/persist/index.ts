import { env } from 'node:process'

import { readConfig } from '../lib/config.ts'
import { connect } from '../lib/connect.ts'
import { serve } from '../lib/edge.ts'
import { deadLetterRoute } from './dead-letters.ts'
import { onRows } from './handler.ts'

await serve('persist', async (log) => {
  const config = readConfig(env, 'EVENTS_URL', 'DATABASE_URL')
  const { rows, deadLetters, events, close } = await connect(config, {
    functionName: 'persist',
    log,
  })
  return {
    port: config.port,
    host: config.host,
    onEvent: onRows({ rows, events }),
    routes: [deadLetterRoute(deadLetters)],
    close,
  }
})
