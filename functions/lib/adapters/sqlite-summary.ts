import type { ModelSummary, StoreSummary } from '../ports/store-summary.ts'
import { parseScores } from './documents.ts'
import { jsonColumn } from './sqlite-database.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

interface Sums {
  scored: number
  late: number
  squared: number
  absolute: number
}

/** Reads all of a store once, one row at a time. */
export async function summariseStore(database: SqliteDatabase): Promise<StoreSummary> {
  return database.read(() => {
    const counted = database.sql
      .prepare(
        'select count(*) as rows, count(*) filter (where target is not null) as complete from rows',
      )
      .get()
    const rows = Number(counted?.['rows'])
    const complete = Number(counted?.['complete'])
    const sums = new Map<string, Sums & Pick<ModelSummary, 'series' | 'model' | 'horizon'>>()
    let scored = 0
    const all = database.sql.prepare('select scores from scores order by series, time')
    for (const row of all.iterate()) {
      let counts = false
      for (const score of Object.values(parseScores(jsonColumn(row, 'scores')))) {
        const { series, model, horizon, error, late } = score
        const key = JSON.stringify([series, model, horizon])
        const sum = sums.get(key) ?? {
          series,
          model,
          horizon,
          scored: 0,
          late: 0,
          squared: 0,
          absolute: 0,
        }
        sums.set(key, sum)
        if (late) {
          sum.late++
          continue
        }
        counts = true
        sum.scored++
        sum.squared += error * error
        sum.absolute += Math.abs(error)
      }
      if (counts) scored++
    }
    return {
      rows,
      complete,
      scored,
      unscored: complete - scored,
      models: [...sums]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([_key, { squared, absolute, ...sum }]) => ({
          ...sum,
          meanSquaredError: sum.scored === 0 ? null : squared / sum.scored,
          meanAbsoluteError: sum.scored === 0 ? null : absolute / sum.scored,
        })),
    }
  })
}
