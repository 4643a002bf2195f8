import type { Database } from '../connect.ts'
import { openMongo } from './mongodb-database.ts'
import type { MongoOptions } from './mongodb-database.ts'
import { mongodbDeadLetters } from './mongodb-dead-letters.ts'
import { mongodbForecasts } from './mongodb-forecasts.ts'
import { mongodbModels } from './mongodb-models.ts'
import { mongodbRows } from './mongodb-rows.ts'
import { mongodbScores } from './mongodb-scores.ts'
import { mongodbStates } from './mongodb-states.ts'

/**
 * The stores in a MongoDB, whether it is there yet or not. Rejects when the address cannot be read, and when the server
 * is there and will not serve as it is set up.
 */
export async function mongodbStores(url: string, options?: MongoOptions): Promise<Database> {
  const database = openMongo(url, options)
  try {
    await database.verify()
  } catch (error) {
    await database.close()
    throw error
  }
  return {
    rows: mongodbRows(database),
    scores: mongodbScores(database),
    models: mongodbModels(database),
    deadLetters: mongodbDeadLetters(database),
    states: mongodbStates(database),
    forecasts: mongodbForecasts(database),
    close: () => database.close(),
  }
}
