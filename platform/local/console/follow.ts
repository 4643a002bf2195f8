import type { EventLog } from '../log/event-log.ts'
import type { EventStream } from './event-streams.ts'
import { recordJson } from './record-event.ts'
import { positionsBeforeNewest, recordsFrom } from './records.ts'

/**
 * Sends the newest `last` records of a topic, then each new one, until the client goes.
 *
 * The log is the buffer: a slow client is read for as fast as it takes, and loses what the topic no longer keeps.
 */
export async function follow(
  log: EventLog,
  topic: string,
  last: number,
  stream: EventStream,
): Promise<void> {
  const positions = positionsBeforeNewest(log, topic, last)
  let appended = true
  let wake: (() => void) | undefined
  const onChange = (): void => {
    appended = true
    wake?.()
  }
  const stop = log.watch(topic, onChange)
  stream.closed.addEventListener('abort', onChange)
  try {
    while (!stream.closed.aborted) {
      appended = false
      for (const record of recordsFrom(log, topic, positions)) {
        stream.send('record', recordJson(record))
        await stream.whenReady()
        if (stream.closed.aborted) return
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        // It may have happened while the last records were sent.
        if (appended) resolve()
      })
    }
  } finally {
    stop()
  }
}
