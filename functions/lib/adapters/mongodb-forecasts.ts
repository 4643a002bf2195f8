import type { Document, Filter } from 'mongodb'

import type { Forecast, Forecasts } from '../ports/forecasts.ts'
import { chunks } from './chunks.ts'
import { lastStep, parseForecast } from './forecast-document.ts'
import type { MongoDatabase } from './mongodb-database.ts'
import { literal, upsertAll } from './mongodb-upserts.ts'
import type { Upsert } from './mongodb-upserts.ts'

const FORECASTS_A_WRITE = 100

/** Forecasts in MongoDB, one document each, with `last`, the timestamp of its last step. */
export function mongodbForecasts(database: MongoDatabase): Forecasts {
  const { client } = database
  const forecasts = database.collection('forecasts')

  const putChunk = (chunk: readonly Forecast[]): Promise<Forecast[]> =>
    client.withSession({ causalConsistency: true }, async (session) => {
      await upsertAll(forecasts, chunk.map(upsertOf), session)
      const filter: Filter<Document> = { $or: chunk.map(keyOf) }
      const found = (await forecasts.find(filter, { session }).toArray()).map(parseForecast)
      const stored = new Map(found.map((one) => [nameOf(one), one] as const))
      return chunk.map((asked) => {
        const one = stored.get(nameOf(asked))
        if (one === undefined) throw new Error('a forecast that was stored cannot be read')
        return one
      })
    })

  return {
    async put(all) {
      const stored: Forecast[] = []
      for (const chunk of chunks(all, FORECASTS_A_WRITE)) {
        stored.push(...(await database.run(() => putChunk(chunk))))
      }
      return stored
    },
    at: (series, origin) =>
      database.run(async () => {
        const found = await forecasts.find({ series, origin }).sort({ model: 1 }).toArray()
        return found.map(parseForecast)
      }),
    covering: (series, { from, through }, limit) =>
      database.run(async () => {
        const found = await forecasts
          .find({
            series,
            last: { $gte: from },
            origin: { $lt: through },
            steps: { $elemMatch: { timestamp: { $gte: from, $lte: through } } },
          })
          .sort({ origin: -1, model: -1 })
          .limit(limit)
          .toArray()
        return found.map(parseForecast).toReversed()
      }),
  }
}

const keyOf = ({ series, origin, model }: Forecast) => ({ series, origin, model })

const nameOf = (forecast: Forecast): string => JSON.stringify(Object.values(keyOf(forecast)))

/** What is there stays as it is: the later part of a merge wins, and that is the stored forecast. */
function upsertOf(forecast: Forecast): Upsert {
  const written = literal({ ...forecast, last: lastStep(forecast) })
  return {
    filter: keyOf(forecast),
    update: [{ $replaceWith: { $mergeObjects: [written, { storedAt: '$$NOW' }, '$$ROOT'] } }],
  }
}
