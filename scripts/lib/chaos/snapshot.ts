import { connectDatabase } from '../../../functions/lib/connect.ts'
import type { Prediction, Score } from '../../../functions/lib/events.ts'
import { canonical } from './compare.ts'
import type { Snapshot } from './compare.ts'
import { SERIES } from './stream.ts'

/** More than a run stores of anything. */
const ALL = 1_000_000
const END_OF_TIME = '9999-12-31T23:59:59.999Z'

/**
 * Reads all that a run has stored, but for when it was stored: rows and scores by series and timestamp, versions by
 * their trigger, dead letters by the event, row and destination they are about.
 *
 * Intervals and the champion's mark are left out: they say how far evaluate had come when the prediction was made.
 */
export async function readSnapshot(databaseUrl: string): Promise<Snapshot> {
  const { rows, scores, models, deadLetters, close } = await connectDatabase(databaseUrl)
  const snapshot = new Map<string, string[]>()
  const add = (key: string, content: unknown) => {
    const contents = snapshot.get(key) ?? []
    snapshot.set(key, [...contents, canonical(content)])
  }
  try {
    for (const series of await rows.series(ALL)) {
      for (const row of await rows.window(series, END_OF_TIME, { kind: 'rows', rows: ALL })) {
        const predictions = Object.fromEntries(
          Object.entries(row.predictions).map(([model, made]) => [model, said(made)]),
        )
        add(`row ${series} ${row.timestamp}`, { ...row, predictions })
      }
    }
    for (const score of await scores.newest(SERIES, ALL)) {
      add(`score ${score.series} ${score.timestamp} ${score.model}/${score.horizon}`, said(score))
    }
    for (const version of await models.list({ limit: ALL })) {
      const { name, trigger, uploadedAt: _uploadedAt, id: _id, ...facts } = version
      add(`version ${name} ${trigger}`, {
        ...facts,
        body: await models.load(name, version.version),
      })
    }
    for (const letter of await deadLetters.list(ALL)) {
      const { source, eventId, rowTimestamp, destination, data, type, code, reason } = letter
      const text = new TextDecoder().decode(data)
      const about = [source, eventId, rowTimestamp, destination, text].join(' ')
      add(`letter ${about}`, { type, code, reason })
    }
    return snapshot
  } finally {
    await close()
  }
}

/** What a prediction or its score says whenever it was made. */
function said(made: Prediction | Score): object {
  const { lower: _lower, upper: _upper, level: _level, ...whenever } = made
  return 'champion' in whenever ? { ...whenever, champion: undefined } : whenever
}
