import type { DeadLetters } from '../ports/dead-letters.ts'
import { timestampKey } from '../timestamps.ts'
import { chunks } from './chunks.ts'
import { letterId } from './dead-letter-id.ts'
import { parseHeaders } from './documents.ts'
import { NOW, ROWS_A_TRANSACTION, column, jsonColumn } from './sqlite-database.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

/** Dead letters in SQLite. */
export function sqliteDeadLetters(database: SqliteDatabase): DeadLetters {
  const { sql } = database
  const insert = sql.prepare(
    `insert into dead_letters
     (id, source, event_id, type, row_timestamp, destination, code, reason, headers, data, stored_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${NOW}) on conflict do nothing`,
  )
  const list = sql.prepare('select * from dead_letters order by stored_at desc, id limit ?')
  return {
    async put(letters) {
      for (const chunk of chunks(letters, ROWS_A_TRANSACTION)) {
        await database.write(() => {
          for (const letter of chunk) {
            insert.run(
              letterId(letter),
              letter.source,
              letter.eventId,
              letter.type,
              letter.rowTimestamp,
              letter.destination,
              letter.code,
              letter.reason,
              JSON.stringify(letter.headers),
              letter.data,
            )
          }
        })
      }
    },
    list: (limit) =>
      database.read(() =>
        list.all(limit).map((row) => {
          return {
            id: column(row, 'id', 'string'),
            source: column(row, 'source', 'string'),
            eventId: column(row, 'event_id', 'string'),
            type: column(row, 'type', 'string'),
            rowTimestamp: column(row, 'row_timestamp', 'string'),
            destination: column(row, 'destination', 'string'),
            code: column(row, 'code', 'string'),
            reason: column(row, 'reason', 'string'),
            headers: parseHeaders(jsonColumn(row, 'headers')),
            data: row['data'] instanceof Uint8Array ? row['data'] : new Uint8Array(),
            storedAt: timestampKey(column(row, 'stored_at', 'number')),
          }
        }),
      ),
  }
}
