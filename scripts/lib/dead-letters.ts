import { z } from 'zod'

import { MAX_LISTED_BYTES, shownLetter } from '../../platform/local/console/dead-letters.ts'
import { OUTCOMES, redrive } from '../../platform/local/dead-letters/redrive.ts'
import type { Redrive, RedriveOptions, Send } from '../../platform/local/dead-letters/redrive.ts'
import { sendByHttp } from '../../platform/local/dead-letters/send-by-http.ts'
import type { Database } from '../../functions/lib/connect.ts'
import { getJson, postJson } from './client.ts'
import { CommandFailure } from './failure.ts'
import { askStores } from './stores.ts'
import type { StoresOptions } from './stores.ts'

const letter = z.looseObject({
  id: z.string(),
  storedAt: z.string(),
  ageSeconds: z.number(),
  of: z.enum(['event', 'row']),
  code: z.string(),
  reason: z.string(),
  status: z.nullable(z.number()),
  attempts: z.nullable(z.number()),
  type: z.string(),
  source: z.string(),
  destination: z.string(),
  eventId: z.string(),
  rowTimestamp: z.string(),
  headers: z.record(z.string(), z.string()),
  redriven: z.optional(z.object({ at: z.string(), times: z.number(), answer: z.string() })),
  bytes: z.number(),
  data: z.unknown(),
  data_base64: z.optional(z.string()),
})
/** A dead letter for people. */
export type ShownLetter = z.infer<typeof letter>

const redriven: z.ZodType<Redrive> = z.object({
  id: z.string(),
  outcome: z.enum(OUTCOMES),
  detail: z.string(),
})

export interface LettersOptions extends StoresOptions {
  readonly port: number
}

/** Dead letters, of a running platform or of a MongoDB. */
export interface Letters {
  /** The newest first, those that follow one when it is given. */
  list(limit: number, after?: string): Promise<ShownLetter[]>
  show(id: string): Promise<ShownLetter>
  redrive(id: string, options: RedriveOptions): Promise<Redrive>
}

/**
 * Does something with dead letters. Those of a MongoDB are sent again by this process, through the gateway at the port
 * unless `send` is another way; a platform sends its own.
 */
export async function openLetters(
  { port, mongo }: LettersOptions,
  use: (letters: Letters) => Promise<void>,
  send: Send = sendByHttp(port),
): Promise<void> {
  if (mongo === undefined) await use(lettersOfPlatform(port))
  else await askStores(mongo, ({ deadLetters }) => use(lettersOfStore(deadLetters, send)))
}

function lettersOfPlatform(port: number): Letters {
  return {
    list(limit, after) {
      const following = after === undefined ? '' : `&after=${encodeURIComponent(after)}`
      return getJson(port, `/api/dead?last=${limit}${following}`, z.array(letter))
    },
    show: (id) => getJson(port, pathOf(id), letter),
    redrive(id, { namespace, again, dryRun }) {
      const query = new URLSearchParams({
        namespace,
        ...(again && { again: '' }),
        ...(dryRun && { 'dry-run': '' }),
      })
      return postJson(port, `${pathOf(id)}/redrive?${query.toString()}`, redriven)
    },
  }
}

function pathOf(id: string): string {
  return `/api/dead/${encodeURIComponent(id)}`
}

function lettersOfStore(deadLetters: Database['deadLetters'], send: Send): Letters {
  const found = async (id: string) => (await deadLetters.find(id)) ?? missing(id)
  return {
    async list(limit, after) {
      const earlier = after === undefined ? undefined : await found(after)
      const letters = await deadLetters.list(limit, earlier)
      return letters.map((one) => letter.parse(shownLetter(one, Date.now(), MAX_LISTED_BYTES)))
    },
    show: async (id) => letter.parse(shownLetter(await found(id), Date.now(), Infinity)),
    redrive: async (id, options) =>
      (await redrive(id, { deadLetters, send }, options)) ?? missing(id),
  }
}

function missing(id: string): never {
  throw new CommandFailure(`there is no dead letter "${id}"`)
}
