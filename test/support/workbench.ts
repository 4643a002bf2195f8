import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { connectDatabase, connectEvents } from '../../functions/lib/connect.ts'
import type { Database } from '../../functions/lib/connect.ts'
import type { IncomingEvent } from '../../functions/lib/events.ts'
import type { Events } from '../../functions/lib/ports/events.ts'
import { startRecordingSink } from './recording-sink.ts'
import type { RecordingSink } from './recording-sink.ts'

/** What a handler works with: a store in a folder of its own, and a sink that keeps what is published. */
export interface Workbench {
  readonly database: Database
  readonly events: Events
  readonly sink: RecordingSink
  /** The rows published to a topic so far, in order. */
  published(topic: string): Record<string, unknown>[]
  close(): Promise<void>
}

/** Opens one; `parent` is where its store's folder is made. */
export async function openWorkbench(parent = tmpdir()): Promise<Workbench> {
  const folder = await mkdtemp(join(parent, 'nowcast-'))
  const sink = await startRecordingSink()
  const events = await connectEvents(sink.url, { functionName: 'test', log: () => undefined })
  const database = await connectDatabase(`sqlite:${join(folder, 'store.db')}`)
  return {
    database,
    events,
    sink,
    published: (topic) =>
      sink.events.filter((published) => published.topic === topic).flatMap(({ rows }) => rows),
    async close() {
      await events.close()
      await database.close()
      await sink.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** An event as the edge hands it to a handler. */
export function event(
  type: string,
  data: unknown,
  rest: Partial<IncomingEvent> = {},
): IncomingEvent {
  return {
    id: 'event-1',
    source: '/test',
    type,
    subject: undefined,
    time: undefined,
    extensions: {},
    data,
    ...rest,
  }
}

/** The timestamp `seconds` after the first of January 2026, as a key. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString()
}
