import type { Database } from '../connect.ts'
import { openSqlite } from './sqlite-database.ts'
import { sqliteDeadLetters } from './sqlite-dead-letters.ts'
import { sqliteForecasts } from './sqlite-forecasts.ts'
import { sqliteModels } from './sqlite-models.ts'
import { sqliteRows } from './sqlite-rows.ts'
import { sqliteScores } from './sqlite-scores.ts'
import { sqliteStates } from './sqlite-states.ts'

/** The stores in a database file. Throws when the file cannot be opened or is none. */
export function sqliteStores(path: string): Database {
  const database = openSqlite(path)
  return {
    rows: sqliteRows(database),
    scores: sqliteScores(database),
    models: sqliteModels(database),
    deadLetters: sqliteDeadLetters(database),
    states: sqliteStates(database),
    forecasts: sqliteForecasts(database),
    close: async () => database.close(),
  }
}
