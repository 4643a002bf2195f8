import type { Config } from './config.ts'
import type { DeadLetters } from './ports/dead-letters.ts'
import type { Events } from './ports/events.ts'
import type { Log } from './ports/log.ts'
import type { Forecasts } from './ports/forecasts.ts'
import type { Models } from './ports/models.ts'
import type { Rows } from './ports/rows.ts'
import type { Scores } from './ports/scores.ts'
import type { States } from './ports/states.ts'

/** The stores behind one `DATABASE_URL`. */
export interface Database {
  readonly rows: Rows
  readonly scores: Scores
  readonly models: Models
  readonly deadLetters: DeadLetters
  readonly states: States
  readonly forecasts: Forecasts
  /** Closing again changes nothing. */
  readonly close: () => Promise<void>
}

/** What connecting to events needs beside their address. */
export interface EventsNeeds {
  readonly functionName: string
  /** The folder that `EVENTS_CREDENTIALS` names. */
  readonly credentials?: string | undefined
  readonly log: Log
}

/** A function's events and stores. */
export interface Connections extends Database {
  readonly events: Events
}

/**
 * The events and the stores of a function, as its settings name them; `close` closes both. Rejects, with nothing left
 * open, as `connectEvents` and `connectDatabase` do.
 */
export async function connect(
  { settings, optional }: Config<'EVENTS_URL' | 'DATABASE_URL'>,
  { functionName, log }: { functionName: string; log: Log },
): Promise<Connections> {
  const credentials = optional.EVENTS_CREDENTIALS
  const events = await connectEvents(settings.EVENTS_URL, { functionName, credentials, log })
  try {
    const database = await connectDatabase(settings.DATABASE_URL, optional.DATABASE_CA)
    return {
      ...database,
      events,
      async close() {
        await database.close()
        await events.close()
      },
    }
  } catch (error) {
    await events.close()
    throw error
  }
}

/**
 * Where a function's events go, by the scheme of `EVENTS_URL`. Rejects when that can never work, as with wrong
 * credentials; brokers that are away are no error: a publish asks for another try until they are there.
 */
export async function connectEvents(
  url: string,
  { functionName, credentials, log }: EventsNeeds,
): Promise<Events> {
  const source = `/nowcast/functions/${functionName}`
  if (url.startsWith('http://')) {
    const { kafkaSinkEvents } = await import('./adapters/kafka-sink-events.ts')
    return kafkaSinkEvents(url, source)
  }
  if (url.startsWith('kafka:')) {
    const { kafkaEvents } = await import('./adapters/kafka-events.ts')
    return kafkaEvents(url, { source, credentials, log })
  }
  throw new Error(
    `EVENTS_URL is "${scheme(url)}…": set it to kafka://<host:port>, or to the address of a namespace's KafkaSinks, http://…/<namespace>`,
  )
}

/**
 * The stores, by the scheme of `DATABASE_URL`; `ca` names the file of the authority of a server's certificate.
 *
 * A server that is away is no error: the stores ask for another try until it is there. Rejects when the address cannot
 * be read, and when the server is there but will not serve as it is set up: it refuses the login, or an index of the
 * same name is another one.
 */
export async function connectDatabase(url: string, ca?: string): Promise<Database> {
  // Each driver is loaded by those who use it: a function starts from zero while somebody waits.
  if (url.startsWith('sqlite:')) {
    const { sqliteStores } = await import('./adapters/sqlite-stores.ts')
    return sqliteStores(url.slice('sqlite:'.length))
  }
  if (isMongoAddress(url)) {
    const { mongodbStores } = await import('./adapters/mongodb-stores.ts')
    return mongodbStores(url, { caFile: ca })
  }
  throw new Error(
    `DATABASE_URL is "${scheme(url)}…": set it to mongodb://<host>:<port>/?<options> or sqlite:<path of the file>`,
  )
}

/** Whether an address is one of a MongoDB, by its scheme. */
export function isMongoAddress(url: string): boolean {
  return /^mongodb(\+srv)?:\/\//.test(url)
}

/** Only the scheme of an address may be quoted: the rest can hold a password. */
function scheme(url: string): string {
  return /^[a-z+]+:/i.exec(url)?.[0] ?? ''
}
