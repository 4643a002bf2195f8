import type { Command } from 'commander'

import { connectDatabase, isMongoAddress } from '../../functions/lib/connect.ts'
import type { Database } from '../../functions/lib/connect.ts'
import { describeError } from '../../functions/lib/log.ts'
import { CommandFailure } from './failure.ts'

/** What a command that can read a database by itself takes. */
export interface StoresOptions {
  readonly mongo?: string
}

/** Gives a command the option to ask a database instead of a running platform. */
export function withStoresOption(command: Command): Command {
  return command.option('--mongo <uri>', 'ask this MongoDB, mongodb://…, instead of a platform')
}

/** Asks a MongoDB and closes it again. Fails with a sentence that quotes no secret. */
export async function askStores<T>(
  mongo: string,
  ask: (stores: Database) => Promise<T>,
): Promise<T> {
  if (!isMongoAddress(mongo)) {
    throw new CommandFailure(
      '--mongo is no address of a MongoDB: write mongodb://<host>:<port>/',
      2,
    )
  }
  try {
    const stores = await connectDatabase(mongo)
    try {
      return await ask(stores)
    } finally {
      await stores.close()
    }
  } catch (cause) {
    throw new CommandFailure(describeError(cause), 1, { cause })
  }
}
