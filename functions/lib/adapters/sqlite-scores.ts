import type { Score } from '../events.ts'
import type { Scores } from '../ports/scores.ts'
import { chunks } from './chunks.ts'
import { parseScores } from './documents.ts'
import { BEFORE_ALL, NOW, ROWS_A_TRANSACTION, jsonColumn } from './sqlite-database.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

/** Scores in SQLite: one row for (series, timestamp), a JSON object by `<model>/<horizon>` in it. */
export function sqliteScores(database: SqliteDatabase): Scores {
  const { sql } = database
  const upsert = sql.prepare(
    `insert into scores (series, time, scores, stored_at)
     values (:series, :time, json_object(:key, json(:score)), ${NOW})
     on conflict (series, time) do update
     set scores = json_set(scores, '$."' || :key || '"', json(:score))`,
  )
  const newest = sql.prepare(
    'select scores from scores where series = ? order by time desc limit ?',
  )
  const following = sql.prepare(
    'select scores from scores where series = ? and time > ? order by time limit ?',
  )
  return {
    async put(scores) {
      for (const chunk of chunks(scores, ROWS_A_TRANSACTION)) {
        await database.write(() => {
          for (const score of chunk) {
            upsert.run({
              series: score.series,
              time: Date.parse(score.timestamp),
              key: `${score.model}/${score.horizon}`,
              score: JSON.stringify(score),
            })
          }
        })
      }
    },
    newest: (series, rows) =>
      database.read(() => newest.all(series, rows).toReversed().flatMap(scoresOf)),
    after: (series, after, rows) =>
      database.read(() =>
        following
          .all(series, after === null ? BEFORE_ALL : Date.parse(after), rows)
          .flatMap(scoresOf),
      ),
  }
}

function scoresOf(row: Record<string, unknown>): Score[] {
  return Object.values(parseScores(jsonColumn(row, 'scores')))
}
