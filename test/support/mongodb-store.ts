import { randomUUID } from 'node:crypto'
import { env } from 'node:process'
import { MongoClient } from 'mongodb'

import { mongodbStores } from '../../functions/lib/adapters/mongodb-stores.ts'
import type { DatabaseNames } from '../../functions/lib/adapters/mongodb-database.ts'
import type { Database } from '../../functions/lib/connect.ts'
import type { OpenStore } from '../contracts/store.ts'

/** The server to test on; undefined skips, and says so. */
export const MONGODB_URI = env['MONGODB_URI'] || undefined

/** Databases that nobody else uses. */
export interface OwnDatabases {
  readonly uri: string
  readonly names: DatabaseNames
  /** The driver itself, to look at what is stored and to spoil it. */
  readonly client: MongoClient
  /** Deletes them and closes the driver. */
  remove(): Promise<void>
}

export async function ownDatabases(uri = MONGODB_URI): Promise<OwnDatabases> {
  if (uri === undefined) throw new Error('set MONGODB_URI to a server for tests')
  const client = new MongoClient(uri)
  const id = randomUUID().slice(0, 8)
  const names = { data: `nowcast_test_${id}_ml`, models: `nowcast_test_${id}_model` }
  return {
    uri,
    names,
    client,
    async remove() {
      for (const name of Object.values(names)) await client.db(name).dropDatabase()
      await client.close()
    },
  }
}

/** Opens one port of a real store, each time in databases of its own. */
export function mongodbStore<Port>(port: (database: Database) => Port): OpenStore<Port> {
  return async () => {
    const own = await ownDatabases()
    const { uri, names } = own
    const database = await mongodbStores(uri, { names })
    let open = true
    const close = async (): Promise<void> => {
      if (open) await database.close()
      open = false
    }
    return {
      port: port(database),
      close,
      async another() {
        const again = await mongodbStores(uri, { names })
        return { port: port(again), close: () => again.close() }
      },
      async remove() {
        await close()
        await own.remove()
      },
    }
  }
}
