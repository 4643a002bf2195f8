import { describeError } from '../../../functions/lib/log.ts'
import type { EventStream } from './event-streams.ts'
import { pictureChange } from './picture.ts'
import type { Picture, Pictures } from './picture.ts'

/** Sends pictures to those who watch. */
export interface Watching {
  join(stream: EventStream): void
}

/**
 * Takes a picture at this interval while somebody watches, and sends each watcher what has changed since the last one
 * it was sent. A watcher that is slow is left out until it has taken that: it then gets what is new by one message.
 */
export function watching(pictures: Pictures, intervalMs: number): Watching {
  const seen = new Map<EventStream, Picture | undefined>()
  let timer: NodeJS.Timeout | undefined
  const turn = async (): Promise<void> => {
    try {
      show(seen, await pictures.take())
    } catch (error) {
      // A store that is locked or full now may be read at the next turn; until then the page says what is wrong.
      for (const stream of seen.keys()) {
        if (stream.ready) stream.send('problem', JSON.stringify({ detail: describeError(error) }))
      }
    }
    timer = seen.size === 0 ? undefined : setTimeout(() => void turn(), intervalMs)
  }
  return {
    join(stream) {
      const isFirst = seen.size === 0 && timer === undefined
      seen.set(stream, undefined)
      stream.closed.addEventListener('abort', () => seen.delete(stream))
      if (isFirst) void turn()
    },
  }
}

function show(seen: Map<EventStream, Picture | undefined>, picture: Picture): void {
  for (const [stream, last] of seen) {
    if (!stream.ready) continue
    stream.send('picture', JSON.stringify(pictureChange(last, picture)))
    seen.set(stream, picture)
  }
}
