import { kafkaSinkEvents } from './adapters/kafka-sink-events.ts'
import { openSqlite } from './adapters/sqlite-database.ts'
import { sqliteDeadLetters } from './adapters/sqlite-dead-letters.ts'
import { sqliteModels } from './adapters/sqlite-models.ts'
import { sqliteRows } from './adapters/sqlite-rows.ts'
import { sqliteScores } from './adapters/sqlite-scores.ts'
import type { DeadLetters } from './ports/dead-letters.ts'
import type { Events } from './ports/events.ts'
import type { Models } from './ports/models.ts'
import type { Rows } from './ports/rows.ts'
import type { Scores } from './ports/scores.ts'

/** The stores behind one `DATABASE_URL`. */
export interface Database {
  readonly rows: Rows
  readonly scores: Scores
  readonly models: Models
  readonly deadLetters: DeadLetters
  close(): Promise<void>
}

/** Where a function's events go, by the scheme of `EVENTS_URL`. */
export function connectEvents(url: string, functionName: string): Events {
  if (url.startsWith('http://')) return kafkaSinkEvents(url, `/nowcast/functions/${functionName}`)
  throw new Error(
    `EVENTS_URL is "${scheme(url)}…": set it to the address of a namespace's KafkaSinks, http://…/<namespace>`,
  )
}

/** The stores, by the scheme of `DATABASE_URL`. */
export function connectDatabase(url: string): Database {
  if (!url.startsWith('sqlite:')) {
    throw new Error(`DATABASE_URL is "${scheme(url)}…": set it to sqlite:<path of the file>`)
  }
  const database = openSqlite(url.slice('sqlite:'.length))
  return {
    rows: sqliteRows(database),
    scores: sqliteScores(database),
    models: sqliteModels(database),
    deadLetters: sqliteDeadLetters(database),
    close: async () => database.close(),
  }
}

/** Only the scheme of an address may be quoted: the rest can hold a password. */
function scheme(url: string): string {
  return /^[a-z+]+:/i.exec(url)?.[0] ?? ''
}
