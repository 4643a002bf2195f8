import type { States } from '../ports/states.ts'
import { column, jsonColumn } from './sqlite-database.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

/** States in SQLite, their documents JSON. */
export function sqliteStates(database: SqliteDatabase): States {
  const { sql } = database
  const find = sql.prepare('select revision, document from states where id = ?')
  const insert = sql.prepare(
    'insert into states (id, revision, document) values (?, 1, ?) on conflict do nothing',
  )
  const update = sql.prepare(
    'update states set revision = revision + 1, document = ? where id = ? and revision = ?',
  )
  return {
    get: (id) =>
      database.read(() => {
        const row = find.get(id)
        if (row === undefined) return undefined
        return {
          revision: column(row, 'revision', 'number'),
          document: jsonColumn(row, 'document'),
        }
      }),
    put: (id, state, expectedRevision) =>
      database.write(() => {
        const document = JSON.stringify(state)
        const { changes } =
          expectedRevision === 0
            ? insert.run(id, document)
            : update.run(document, id, expectedRevision)
        return changes === 1
      }),
  }
}
