import type { Score, StoredRow } from '../../../functions/lib/events.ts'
import { evaluationId } from '../../../functions/lib/models/serving-pointers.ts'
import type { StoredDeadLetter } from '../../../functions/lib/ports/dead-letters.ts'
import type { ModelVersion } from '../../../functions/lib/ports/models.ts'
import type { Rows } from '../../../functions/lib/ports/rows.ts'
import { byText } from '../manifests/problems.ts'
import type { Stores } from '../view.ts'
import { ERROR_SCORES } from './curves.ts'
import { WINDOW_ROWS } from './series-status.ts'

/** The newest of what functions have stored: as much as the console shows, however much there is. */
export interface Stored {
  readonly series: readonly {
    readonly series: string
    /** Complete rows, oldest first. */
    readonly rows: readonly StoredRow[]
    readonly scores: readonly Score[]
    /** The state document of evaluate; undefined when there is none. */
    readonly evaluation: unknown
  }[]
  /** By name, newest version first. */
  readonly models: readonly ModelVersion[]
  /** Newest first. */
  readonly letters: readonly StoredDeadLetter[]
}

/** So many series are shown, of so many that are looked at. */
const MAX_SERIES = 8
const MAX_NAMES = 64
/** As many as `GET /models` gives. */
const MAX_VERSIONS = 1_000
/** Dead letters are counted up to here; more are "or more". */
export const MAX_LETTERS = 100

const NOTHING: Stored = { series: [], models: [], letters: [] }

/** Reads the stores, again and again. */
export interface StoredReader {
  read(): Promise<Stored>
}

/** Letters hold whole events, so they are read again only when the newest is another, or after this time. */
const LETTERS_AGE_MS = 5_000

/** Reads what the console shows. */
export function storedReader(stores: Stores | undefined): StoredReader {
  if (stores === undefined) return { read: async () => NOTHING }
  const { rows, scores, models, states, deadLetters } = stores
  let letters: readonly StoredDeadLetter[] = []
  let lettersRead = -Infinity
  return {
    async read() {
      const [newestLetter] = await deadLetters.list(1)
      if (newestLetter?.id !== letters[0]?.id || performance.now() - lettersRead > LETTERS_AGE_MS) {
        letters = await deadLetters.list(MAX_LETTERS)
        lettersRead = performance.now()
      }
      const series = (await liveliest(rows)).map(async ({ name, newest: through }) => {
        return {
          series: name,
          rows:
            through === undefined
              ? []
              : await rows.window(name, through, { kind: 'rows', rows: WINDOW_ROWS }),
          scores: await scores.newest(name, ERROR_SCORES),
          evaluation: (await states.get(evaluationId(name)))?.document,
        }
      })
      return {
        series: await Promise.all(series),
        models: await models.list({ limit: MAX_VERSIONS }),
        letters,
      }
    },
  }
}

/** The series whose newest complete rows are the newest, by name. */
async function liveliest(rows: Rows): Promise<{ name: string; newest: string | undefined }[]> {
  const names = await rows.series(MAX_NAMES)
  const found = await Promise.all(
    names.map(async (name) => ({ name, newest: await rows.newestComplete(name) })),
  )
  return found
    .toSorted((a, b) => byText(b.newest ?? '', a.newest ?? ''))
    .slice(0, MAX_SERIES)
    .toSorted((a, b) => byText(a.name, b.name))
}
