import { Binary } from 'mongodb'
import { z } from 'zod'

import type { DeadLetter, DeadLetters, StoredDeadLetter } from '../ports/dead-letters.ts'
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
  redriven: z.optional(z.object({ at: z.date(), times: z.number(), answer: z.string() })),
})

/** What a letter is found by. */
interface Stored {
  _id: string
  storedAt: Date
}

/** Dead letters in MongoDB, one document each. */
export function mongodbDeadLetters(database: MongoDatabase): DeadLetters {
  const dead = database.collection('dead')
  const stored = database.client.db(database.names.data).collection<Stored>('dead')
  return {
    async put(letters) {
      for (const chunk of chunks(letters, LETTERS_A_WRITE)) {
        await database.run(() => upsertAll(dead, chunk.map(upsertOf)))
      }
    },
    list: (limit, after) =>
      database.run(async () => {
        const following = after && {
          $or: [
            { storedAt: { $lt: new Date(after.storedAt) } },
            { storedAt: new Date(after.storedAt), _id: { $gt: after.id } },
          ],
        }
        const sorted = stored.find(following ?? {}).sort({ storedAt: -1, _id: 1 })
        return (await sorted.limit(limit).toArray()).map(letterOf)
      }),
    find: (id) =>
      database.run(async () => {
        const found = await stored.findOne({ _id: id })
        return found === null ? undefined : letterOf(found)
      }),
    markRedriven: (id, answer) =>
      database.run(async () => {
        const times = { $add: [{ $ifNull: ['$redriven.times', 0] }, 1] }
        const redriven = { at: '$$NOW', times, answer: literal(answer) }
        const marked = await stored.findOneAndUpdate({ _id: id }, [{ $set: { redriven } }], {
          returnDocument: 'after',
        })
        return marked === null ? undefined : letterOf(marked).redriven
      }),
  }
}

function letterOf(document: unknown): StoredDeadLetter {
  const { _id, headers, data, storedAt, redriven, ...letter } = letterDocument.parse(document)
  return {
    ...letter,
    id: _id,
    headers: parseHeaders(headers),
    data: new Uint8Array(data.buffer),
    storedAt: storedAt.toISOString(),
    redriven: redriven && { ...redriven, at: redriven.at.toISOString() },
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
