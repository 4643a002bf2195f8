import { env } from 'node:process'

import { readConfig } from '../lib/config.ts'
import { connectEvents } from '../lib/connect.ts'
import { serve } from '../lib/edge.ts'
import { onTick } from './handler.ts'

await serve('simulate', async (log) => {
  const { port, host, settings, optional } = readConfig(env, 'EVENTS_URL')
  const events = await connectEvents(settings.EVENTS_URL, {
    functionName: 'simulate',
    credentials: optional.EVENTS_CREDENTIALS,
    log,
  })
  return { port, host, onEvent: onTick({ events, log }), close: () => events.close() }
})
