import { connectDatabase, isMongoAddress } from '../../../functions/lib/connect.ts'
import type { Facts } from '../facts.ts'
import type { MongoDBManifest } from '../manifests/inventory.ts'
import type { RunningDatabase } from './mongodb.ts'
import type { Vault } from './vault.ts'

export interface DatabaseServerNeeds {
  /** The server's address, with user, password and options as the functions shall use them. */
  readonly uri: string
  readonly vault: Vault
  readonly facts: Facts
}

/**
 * Lets a MongoDB that runs elsewhere stand for a MongoDBCommunity: writes the connection Secrets of its users, each with
 * the server's own address, and opens its stores. A server that is away is waited for by whoever uses it. What it holds
 * outlives the state folder, and expires by the server's clock, which is real time at every speed of the platform's.
 *
 * Rejects when the address cannot be read, and when the server refuses the login or has other indexes.
 */
export async function startDatabaseServer(
  { namespace, name, users }: MongoDBManifest,
  { uri, vault, facts }: DatabaseServerNeeds,
): Promise<RunningDatabase> {
  if (!isMongoAddress(uri)) {
    throw new Error('--mongo is no address of a MongoDB: write mongodb://<host>:<port>/?<options>')
  }
  const stores = await connectDatabase(uri)
  const { username = '', password = '' } = loginOf(uri)
  for (const user of users) {
    vault.put('Secret', namespace, user.connectionSecret, {
      'connectionString.standard': uri,
      'connectionString.standardSrv': uri,
      username,
      password,
    })
  }
  facts(
    'info',
    `MongoDBCommunity ${name}`,
    'is the MongoDB of --mongo, which --fresh does not empty',
  )
  return {
    stores,
    keepTime: async () => {},
    expire: async () => {},
    close: () => stores.close(),
  }
}

/** User and password of an address, decoded. */
function loginOf(uri: string): { username?: string; password?: string } {
  const [, username, password] = /^[^/]+\/\/([^:@/]*)(?::([^@/]*))?@/.exec(uri) ?? []
  return {
    ...(username !== undefined && { username: decodeURIComponent(username) }),
    ...(password !== undefined && { password: decodeURIComponent(password) }),
  }
}
