import { Binary } from 'mongodb'
import { z } from 'zod'

import type { DeadLetter, DeadLetters } from '../ports/dead-letters.ts'
import { chunks } from './chunks.ts'
import { letterId } from './dead-letter-id.ts'
import { parseHeaders } from './documents.ts'
import type { MongoDatabase } from './mongodb-database.ts'
import { literal, upsertAll } from './mongodb-upserts.ts'
import type { Upsert } from './mongodb-upserts.ts'

/** A letter may hold an event of 4 MiB, and a write at most 48 MB. */
const LETTERS_A_WRITE = 10

const letterDocument = z.object({
  _id: z.string(),
  source: z.string(),
  eventId: z.string(),
  type: z.string(),
  rowTimestamp: z.string(),
  destination: z.string(),
  code: z.string(),
  reason: z.string(),
  headers: z.unknown(),
  data: z.instanceof(Binary),
  storedAt: z.date(),
})

/** Dead letters in MongoDB, one document each. */
export function mongodbDeadLetters(database: MongoDatabase): DeadLetters {
  const dead = database.collection('dead')
  return {
    async put(letters) {
      for (const chunk of chunks(letters, LETTERS_A_WRITE)) {
        await database.run(() => upsertAll(dead, chunk.map(upsertOf)))
      }
    },
    list: (limit) =>
      database.run(async () => {
        const found = await dead.find().sort({ storedAt: -1, _id: 1 }).limit(limit).toArray()
        return found.map((document) => {
          const { _id, headers, data, storedAt, ...letter } = letterDocument.parse(document)
          return {
            ...letter,
            id: _id,
            headers: parseHeaders(headers),
            data: new Uint8Array(data.buffer),
            storedAt: storedAt.toISOString(),
          }
        })
      }),
  }
}

/** What is there stays as it is: the later part of a merge wins, and that is the stored letter. */
function upsertOf(letter: DeadLetter): Upsert {
  const { data, ...rest } = letter
  const written = literal({ ...rest, data: new Binary(data) })
  return {
    filter: { _id: letterId(letter) },
    update: [{ $replaceWith: { $mergeObjects: [written, { storedAt: '$$NOW' }, '$$ROOT'] } }],
  }
}
