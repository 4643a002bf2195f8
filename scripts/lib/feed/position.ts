import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'

import { FEEDS } from '../../../platform/local/state-folder.ts'
import { CommandFailure } from '../failure.ts'

const progress = z.object({
  /** Records of the file that are done, and the line of the last one. */
  records: z.number(),
  line: z.number(),
  /** Rows that were published, those of them with a target, and those that were refused. */
  rows: z.number(),
  targets: z.number(),
  refused: z.number(),
  /** Rows that have the timestamp of the row before them. */
  repeated: z.number(),
  isComplete: z.boolean(),
})

/** How far a file is published. */
export type FeedProgress = z.infer<typeof progress>

export const NOTHING_DONE: FeedProgress = {
  records: 0,
  line: 1,
  rows: 0,
  targets: 0,
  refused: 0,
  repeated: 0,
  isComplete: false,
}

/** Where a feed keeps how far it is. */
export interface Position {
  read(): FeedProgress
  /** Durable when it returns; a reader sees the old or the new one, whole. */
  keep(progress: FeedProgress): void
}

/** What a feed is about: another one of these is another feed, which begins at the beginning. */
export interface FeedIdentity {
  readonly file: string
  readonly series: string
  readonly destination: string
  /** What each column is for. */
  readonly columns: unknown
}

/** The position of a feed, in a state folder; the file is known by its contents. */
export async function openPosition(folder: string, identity: FeedIdentity): Promise<Position> {
  const contents = createHash('sha256')
  await pipeline(createReadStream(identity.file), contents)
  const about = [contents.digest('hex'), identity.series, identity.destination, identity.columns]
  const id = createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 24)
  const file = path.resolve(folder, FEEDS, `${id}.json`)
  return {
    read: () => parsed(textOf(file)) ?? NOTHING_DONE,
    keep(now) {
      try {
        mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
        writeFileSync(`${file}.new`, JSON.stringify(now), { flush: true })
        renameSync(`${file}.new`, file)
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new CommandFailure(
          `how far it is cannot be kept in ${path.dirname(file)} (${why}): name another folder with --state`,
          1,
          { cause },
        )
      }
    },
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // Not there, or not to be read: it begins at the beginning, which is harmless.
    return ''
  }
}

function parsed(text: string): FeedProgress | undefined {
  try {
    return progress.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
