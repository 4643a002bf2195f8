import type { Broker } from '../broker/broker.ts'
import type { EventStream } from './event-streams.ts'
import { recordJson } from './record-event.ts'

/** Sends the newest `last` records of a topic, then each new one, as fast as the client takes them, until it goes. */
export async function follow(
  broker: Broker,
  topic: string,
  last: number,
  stream: EventStream,
): Promise<void> {
  for await (const record of broker.follow(topic, last, stream.closed)) {
    stream.send('record', recordJson(record))
    await stream.whenReady()
    if (stream.closed.aborted) return
  }
}
