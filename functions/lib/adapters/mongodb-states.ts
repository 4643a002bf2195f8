import { z } from 'zod'

import type { States } from '../ports/states.ts'
import { isClash } from './mongodb-errors.ts'
import type { MongoDatabase } from './mongodb-database.ts'

interface StateDocument {
  _id: string
  revision: number
  /** JSON as text: so it comes back as it was, whatever its names and numbers. */
  document: string
}

const stateDocument = z.object({ revision: z.number(), document: z.string() })

/** States in MongoDB: `{_id, revision, document}`. */
export function mongodbStates(database: MongoDatabase): States {
  const states = database.client.db(database.names.data).collection<StateDocument>('states')
  return {
    get: (id) =>
      database.run(async () => {
        const found = await states.findOne({ _id: id })
        if (found === null) return undefined
        const { revision, document } = stateDocument.parse(found)
        const parsed: unknown = JSON.parse(document)
        return { revision, document: parsed }
      }),
    put: (id, state, expectedRevision) =>
      database.run(async () => {
        const document = JSON.stringify(state)
        const revision = expectedRevision + 1
        if (expectedRevision > 0) {
          const expected = { _id: id, revision: expectedRevision }
          const { matchedCount } = await states.updateOne(expected, {
            $set: { revision, document },
          })
          return matchedCount === 1
        }
        try {
          await states.insertOne({ _id: id, revision, document })
          return true
        } catch (error) {
          if (isClash(error)) return false
          throw error
        }
      }),
  }
}
