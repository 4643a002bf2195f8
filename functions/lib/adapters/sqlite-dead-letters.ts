import type { DeadLetters, Redriven, StoredDeadLetter } from '../ports/dead-letters.ts'
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
  const list = sql.prepare(
    `${SELECT} where letter.stored_at < :at or (letter.stored_at = :at and letter.id > :id)
     order by letter.stored_at desc, letter.id limit :limit`,
  )
  const find = sql.prepare(`${SELECT} where letter.id = ?`)
  const mark = sql.prepare(
    `insert into redrives (id, times, answer, stored_at)
     select id, 1, ?, ${NOW} from dead_letters where id = ?
     on conflict (id) do update
     set times = times + 1, answer = excluded.answer, stored_at = excluded.stored_at
     returning times, answer, stored_at as redriven_at`,
  )
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
    list: (limit, after) =>
      database.read(() => {
        const at = after === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(after.storedAt)
        return list.all({ at, id: after?.id ?? '', limit }).map(letterOf)
      }),
    find: (id) =>
      database.read(() => {
        const row = find.get(id)
        return row && letterOf(row)
      }),
    markRedriven: (id, answer) =>
      database.write(() => {
        const row = mark.get(answer, id)
        return row && markOf(row)
      }),
  }
}

const SELECT = `select letter.*, times, answer, mark.stored_at as redriven_at
  from dead_letters as letter left join redrives as mark on mark.id = letter.id`

function letterOf(row: Record<string, unknown>): StoredDeadLetter {
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
    redriven: row['times'] === null ? undefined : markOf(row),
  }
}

function markOf(row: Record<string, unknown>): Redriven {
  return {
    at: timestampKey(column(row, 'redriven_at', 'number')),
    times: column(row, 'times', 'number'),
    answer: column(row, 'answer', 'string'),
  }
}
