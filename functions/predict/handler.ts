import { RejectedError } from '../lib/errors.ts'
import { outgoing } from '../lib/events.ts'
import type { IncomingEvent, Prediction, RowPatch } from '../lib/events.ts'
import type { Model } from '../lib/models/model-body.ts'
import type { DeclaredModel } from '../lib/ports/declared-models.ts'
import type { Events } from '../lib/ports/events.ts'
import type { Log } from '../lib/ports/log.ts'
import type { ModelVersion } from '../lib/ports/models.ts'
import { causeOf, parseRows } from '../lib/row-events.ts'
import { predict, servableFor } from './predict.ts'
import type { Serving } from './serving.ts'

interface Needs {
  declared: readonly DeclaredModel[]
  serving: Serving
  events: Events
  log: Log
}

type PredictionRow = { series: string; timestamp: string; model: string } & Prediction

/**
 * Publishes what each declared model says of the features that arrive, each by the newest version that had not learnt
 * the row. Targets, predictions and whatever persist refuses pass by. Rows without a usable version are counted.
 */
export const onFeatures =
  ({ declared, serving, events, log }: Needs) =>
  async (event: IncomingEvent): Promise<void> => {
    const patches = featuresIn(event)
    const predictions: PredictionRow[] = []
    for (const [index, declaration] of declared.entries()) {
      const champion = isFirstOfSeries(declared, index)
      const rows = patches.filter(({ series }) => series === declaration.series)
      if (rows.length > 0) predictions.push(...(await predictRows(declaration, champion, rows)))
    }
    await events.publish(outgoing('dev.nowcast.prediction', predictions, event))

    async function predictRows(
      { name, missing }: DeclaredModel,
      champion: boolean,
      rows: readonly RowPatch[],
    ): Promise<PredictionRow[]> {
      const versions = await serving.versions(name)
      const made: PredictionRow[] = []
      for (const { series, timestamp, features = {} } of rows) {
        const served = await newestUsable(serving, servableFor(versions, timestamp))
        if (served === undefined) continue
        const { version, model } = served
        const prediction = predict(version, model, features, { missing, champion })
        if (prediction !== undefined) made.push({ series, timestamp, model: name, ...prediction })
      }
      const without = rows.length - made.length
      if (without > 0) {
        const why = versions.length === 0 ? 'no version yet' : 'no version fits the row'
        log('debug', `not predicted: ${why}`, { id: event.id, model: name, rows: without })
      }
      return made
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

async function newestUsable(
  serving: Serving,
  newestFirst: readonly ModelVersion[],
): Promise<{ version: ModelVersion; model: Model } | undefined> {
  for (const version of newestFirst) {
    const model = await serving.body(version)
    if (model !== undefined) return { version, model }
  }
  return undefined
}

/** Until scores decide otherwise, the model that is declared first for a series is its champion. */
function isFirstOfSeries(declared: readonly DeclaredModel[], index: number): boolean {
  const { series } = declared[index] ?? {}
  return declared.findIndex((other) => other.series === series) === index
}
