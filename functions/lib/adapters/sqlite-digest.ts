import { createHash } from 'node:crypto'

import type { SqliteDatabase } from './sqlite-database.ts'

/** What two runs are compared by: every table's rows in the order of their keys, without when they were stored. */
const COMPARED: readonly { table: string; columns: string; key: string }[] = [
  { table: 'rows', columns: 'series, time, features, target, predictions', key: 'series, time' },
  { table: 'scores', columns: 'series, time, scores', key: 'series, time' },
  { table: 'forecasts', columns: 'series, origin, model, forecast', key: 'series, origin, model' },
  { table: 'states', columns: 'id, revision, document', key: 'id' },
  {
    table: 'models',
    columns: 'name, version, trigger, description, score, trained_through, body',
    key: 'name, version',
  },
  { table: 'dead_letters', columns: 'id, code, reason, destination, data', key: 'id' },
]

/** A SHA-256 of each table, in hexadecimal: equal when two stores hold the same, whenever they were filled. */
export async function storeDigests(database: SqliteDatabase): Promise<Record<string, string>> {
  return database.read(() =>
    Object.fromEntries(
      COMPARED.map(({ table, columns, key }) => {
        const hash = createHash('sha256')
        const all = database.sql.prepare(`select ${columns} from ${table} order by ${key}`)
        all.setReturnArrays(true)
        for (const row of all.iterate()) hash.update(`${JSON.stringify(row)}\n`)
        return [table, hash.digest('hex')]
      }),
    ),
  )
}
