import { RejectedError } from '../lib/errors.ts'
import { outgoing } from '../lib/events.ts'
import type { IncomingEvent, Prediction, RowPatch } from '../lib/events.ts'
import type { ServingPointers } from '../lib/models/serving-pointers.ts'
import type { DeclaredModel } from '../lib/ports/declared-models.ts'
import type { Events } from '../lib/ports/events.ts'
import type { Log } from '../lib/ports/log.ts'
import { causeOf, parseRows } from '../lib/row-events.ts'
import { startChoosing } from './choosing.ts'
import { championOf, published } from './predict.ts'
import type { Serving } from './serving.ts'

interface Needs {
  declared: readonly DeclaredModel[]
  serving: Serving
  events: Events
  log: Log
}

type PredictionRow = { series: string; timestamp: string; model: string } & Prediction

/**
 * Publishes in one event what each declared model says of the features that arrive, the champion and its shadows, each
 * by what had not learnt the row. Targets, predictions and whatever persist refuses pass by; rows that a model says
 * nothing of are counted. Pointers, live states and lists of versions are read once an event.
 */
export const onFeatures =
  ({ declared, serving, events, log }: Needs) =>
  async (event: IncomingEvent): Promise<void> => {
    const patches = featuresIn(event)
    const predictions: PredictionRow[] = []
    const decided = new Map<string, ServingPointers>()
    for (const declaration of declared) {
      const { series } = declaration
      const rows = patches.filter((row) => row.series === series)
      if (rows.length === 0) continue
      const pointers = decided.get(series) ?? (await serving.pointers(series))
      decided.set(series, pointers)
      predictions.push(...(await predictRows(declaration, rows, pointers)))
    }
    await events.publish(outgoing('dev.nowcast.prediction', predictions, event))

    async function predictRows(
      declaration: DeclaredModel,
      rows: readonly RowPatch[],
      pointers: ServingPointers,
    ): Promise<PredictionRow[]> {
      const { name: model, missing } = declaration
      const champion = championOf(declared, declaration.series, pointers) === model
      const choose = startChoosing(serving, declaration, pointers)
      const made: PredictionRow[] = []
      const without = new Map<string, number>()
      for (const row of rows) {
        const said = await sayOf(row)
        if (typeof said === 'string') without.set(said, (without.get(said) ?? 0) + 1)
        else made.push({ series: row.series, timestamp: row.timestamp, model, ...said })
      }
      for (const [why, count] of without) {
        log('debug', `not predicted: ${why}`, { id: event.id, model, rows: count })
      }
      return made

      /** A prediction, or why there is none. */
      async function sayOf({ timestamp, features = {} }: RowPatch): Promise<Prediction | string> {
        const chosen = await choose(timestamp)
        if (chosen.kind === 'nothing') return chosen.why
        const outcome = chosen.predictor.predict(features, missing)
        switch (outcome.kind) {
          case 'predicted': {
            const about = { timestamp, model, champion }
            return published(chosen.predictor, outcome.prediction, about, pointers)
          }
          case 'missing':
            return 'a feature is missing'
          case 'overflow':
            return 'the numbers are too large'
        }
      }
    }
  }

/** The rows to predict; none in an event that holds no features, which persist refuses or takes as something else. */
function featuresIn(event: IncomingEvent): RowPatch[] {
  if (causeOf(event) !== 'features') return []
  try {
    return parseRows(event, 'features').patches
  } catch (error) {
    if (error instanceof RejectedError) return []
    throw error
  }
}
