import path from 'node:path'

import { expire, openSqlite, setClock } from '../../../functions/lib/adapters/sqlite-database.ts'
import { storeDigests } from '../../../functions/lib/adapters/sqlite-digest.ts'
import { sqliteDeadLetters } from '../../../functions/lib/adapters/sqlite-dead-letters.ts'
import { sqliteModels } from '../../../functions/lib/adapters/sqlite-models.ts'
import { sqliteRows } from '../../../functions/lib/adapters/sqlite-rows.ts'
import { sqliteScores } from '../../../functions/lib/adapters/sqlite-scores.ts'
import { sqliteStates } from '../../../functions/lib/adapters/sqlite-states.ts'
import { summariseStore } from '../../../functions/lib/adapters/sqlite-summary.ts'
import { RetryableError } from '../../../functions/lib/errors.ts'
import type { Clock } from '../clock.ts'
import type { MongoDBManifest } from '../manifests/inventory.ts'
import type { Stores } from '../view.ts'
import type { Vault } from './vault.ts'

export interface DatabaseNeeds {
  readonly stateFolder: string
  readonly clock: Clock
  readonly vault: Vault
}

/** What stands where a MongoDBCommunity would. */
export interface RunningDatabase {
  readonly stores: Stores
  /** Tells the store what time it is. */
  keepTime(): Promise<void>
  /** Deletes what the store has kept for its time, as MongoDB's TTL monitor does. */
  expire(): Promise<void>
  close(): Promise<void> | void
}

/** How long the platform may wait for a function that writes: it must go on serving. */
const BUSY_TIMEOUT_MS = 50

/**
 * Opens the database file of a MongoDBCommunity and writes the connection Secrets its operator would write: one a
 * user, `connectionString.standard` being the file's address.
 */
export async function startDatabase(
  { namespace, name, users }: MongoDBManifest,
  { stateFolder, clock, vault }: DatabaseNeeds,
): Promise<RunningDatabase> {
  const file = path.join(stateFolder, `${namespace}.${name}.db`)
  const database = openSqlite(file)
  database.sql.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`)
  for (const user of users) {
    const password = vault.value('Secret', namespace, user.password.secret, user.password.key)
    vault.put('Secret', namespace, user.connectionSecret, {
      'connectionString.standard': `sqlite:${file}`,
      'connectionString.standardSrv': `sqlite:${file}`,
      username: user.name,
      password: password ?? '',
    })
  }
  const keepTime = () => setClock(database, { now: clock.now(), speed: storeSpeed(clock) })
  await keepTime()
  return {
    stores: {
      rows: sqliteRows(database),
      scores: sqliteScores(database),
      models: sqliteModels(database),
      states: sqliteStates(database),
      deadLetters: sqliteDeadLetters(database),
      summary: () => summariseStore(database),
      digests: () => storeDigests(database),
    },
    keepTime: () => unlessBusy(keepTime()),
    expire: () => unlessBusy(expire(database)),
    close: () => database.close(),
  }
}

/** How fast the store's own time runs between two notes: in lock step it stands. */
function storeSpeed({ speed }: Clock): number {
  return Number.isFinite(speed) ? speed : 0
}

/** A function is writing: the next turn will do. */
async function unlessBusy(write: Promise<void>): Promise<void> {
  try {
    await write
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error
  }
}
