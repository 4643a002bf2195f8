import type { Forecast, Forecasts } from '../ports/forecasts.ts'
import { chunks } from './chunks.ts'
import { lastStep, parseForecast } from './forecast-document.ts'
import { NOW, ROWS_A_TRANSACTION, jsonColumn } from './sqlite-database.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

/** Forecasts in SQLite, each a JSON document; its origin and the time of its last step are milliseconds. */
export function sqliteForecasts(database: SqliteDatabase): Forecasts {
  const { sql } = database
  const insert = sql.prepare(
    `insert into forecasts (series, origin, model, last, forecast, stored_at)
     values (?, ?, ?, ?, ?, ${NOW}) on conflict do nothing`,
  )
  const find = sql.prepare(
    'select forecast from forecasts where series = ? and origin = ? and model = ?',
  )
  const at = sql.prepare(
    'select forecast from forecasts where series = ? and origin = ? order by model',
  )
  const covering = sql.prepare(
    `select forecast from forecasts where series = :series and last >= :from and origin < :through
     and exists (select 1 from json_each(forecast, '$.steps')
                 where value ->> 'timestamp' between :first and :final)
     order by origin desc, model desc limit :limit`,
  )

  return {
    async put(forecasts) {
      const stored = []
      for (const chunk of chunks(forecasts, ROWS_A_TRANSACTION)) {
        const part = await database.write(() =>
          chunk.map((forecast) => {
            const { series, model } = forecast
            const origin = Date.parse(forecast.origin)
            const last = Date.parse(lastStep(forecast))
            insert.run(series, origin, model, last, JSON.stringify(forecast))
            const row = find.get(series, origin, model)
            if (row === undefined) throw new Error('a forecast that was stored cannot be read')
            return forecastOf(row)
          }),
        )
        stored.push(...part)
      }
      return stored
    },
    at: (series, origin) => database.read(() => at.all(series, Date.parse(origin)).map(forecastOf)),
    covering: (series, { from, through }, limit) =>
      database.read(() =>
        covering
          .all({
            series,
            from: Date.parse(from),
            through: Date.parse(through),
            first: from,
            final: through,
            limit,
          })
          .map(forecastOf)
          .toReversed(),
      ),
  }
}

function forecastOf(row: Record<string, unknown>): Forecast {
  return parseForecast(jsonColumn(row, 'forecast'))
}
