import type { Document } from 'mongodb'

import type { Score } from '../events.ts'
import type { Scores } from '../ports/scores.ts'
import { chunks } from './chunks.ts'
import { parseScores } from './documents.ts'
import type { MongoDatabase } from './mongodb-database.ts'
import { FIRST_STORED_AT, literal, upsertAll } from './mongodb-upserts.ts'
import type { Upsert } from './mongodb-upserts.ts'

const ROWS_A_WRITE = 500

/** Scores in MongoDB: one document for (series, timestamp), its `scores` an object by `<model>/<horizon>`. */
export function mongodbScores(database: MongoDatabase): Scores {
  const rows = database.collection('scores')
  return {
    async put(scores) {
      const byRow = [
        ...Map.groupBy(scores, (score) => `${score.timestamp} ${score.series}`).values(),
      ]
      for (const chunk of chunks(byRow, ROWS_A_WRITE)) {
        await database.run(() => upsertAll(rows, chunk.flatMap(upsertOf)))
      }
    },
    newest: (series, limit) =>
      database.run(async () => {
        const documents = await rows
          .find({ series }, { projection: { _id: 0, scores: 1 } })
          .sort({ timestamp: -1 })
          .limit(limit)
          .toArray()
        return documents.toReversed().flatMap(scoresOf)
      }),
    after: (series, after, limit) =>
      database.run(async () => {
        const documents = await rows
          .find(
            { series, ...(after === null ? {} : { timestamp: { $gt: after } }) },
            { projection: { _id: 0, scores: 1 } },
          )
          .sort({ timestamp: 1 })
          .limit(limit)
          .toArray()
        return documents.flatMap(scoresOf)
      }),
  }
}

function scoresOf(document: Document): Score[] {
  return Object.values(parseScores(document['scores']))
}

/** The upsert of one row's scores, where there are some. */
function upsertOf(scores: readonly Score[]): Upsert[] {
  const [first] = scores
  if (first === undefined) return []
  const { series, timestamp } = first
  const own = Object.fromEntries(
    scores.map((score) => [`${score.model}/${score.horizon}`, score] as const),
  )
  const set = {
    time: new Date(timestamp),
    scores: { $mergeObjects: ['$scores', literal(own)] },
    storedAt: FIRST_STORED_AT,
  }
  return [{ filter: { series, timestamp }, update: [{ $set: set }] }]
}
