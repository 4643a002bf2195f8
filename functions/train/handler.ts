import { RejectedError } from '../lib/errors.ts'
import { outgoing } from '../lib/events.ts'
import type { IncomingEvent } from '../lib/events.ts'
import type { BatchModel, DeclaredModel } from '../lib/ports/declared-models.ts'
import type { Events } from '../lib/ports/events.ts'
import type { Log } from '../lib/ports/log.ts'
import type { ModelVersion, Models } from '../lib/ports/models.ts'
import type { Rows } from '../lib/ports/rows.ts'
import { parseTimestamp, timestampKey } from '../lib/timestamps.ts'
import { train } from './train.ts'
import type { Trained } from './train.ts'

interface Needs {
  declared: readonly DeclaredModel[]
  rows: Rows
  models: Models
  events: Events
  log: Log
}

const SECOND = 1_000

/** One row with a date in the far future must not end the training of its series. */
const WINDOWS_BACK = 3

/**
 * On a tick, fits every declared model on its window, which ends at the series' newest complete row (or, when that row
 * stands almost alone, at the newest before its window), and registers the
 * next version. The tick, floored to its second (PingSources come up to half a second late), is the trigger: repeated, it
 * makes no second version.
 */
export const onTick =
  ({ declared, rows, models, events, log }: Needs) =>
  async (event: IncomingEvent): Promise<void> => {
    const tick = floorTick(event)
    const registered: { series: string; version: ModelVersion }[] = []
    for (const declaration of declared) {
      if (!isBatch(declaration)) continue
      const version = await trainOne(declaration, tick)
      if (version !== undefined) registered.push({ series: declaration.series, version })
    }
    await events.publish(
      outgoing(
        'dev.nowcast.model',
        registered.map(({ series, version }) => ({
          series,
          timestamp: tick,
          name: version.name,
          version: version.version,
          kind: 'trained',
          since: version.trainedThrough,
          trigger: version.trigger,
          score: version.score,
        })),
        event,
      ),
    )

    async function trainOne(
      declaration: BatchModel,
      at: string,
    ): Promise<ModelVersion | undefined> {
      const { name, series } = declaration
      const about = { id: event.id, series, model: name }
      const newest = await rows.newestComplete(series)
      if (newest === undefined) {
        log('info', 'no version: the series has no complete row yet', about)
        return undefined
      }
      const trained = await fit(rows, declaration, newest)
      switch (trained.kind) {
        case 'too-few':
          log(
            'info',
            `no version: ${trained.rows} complete rows in the window, ${trained.needed} are needed`,
            { ...about, ...leftOut(trained) },
          )
          return undefined
        case 'not-finite':
          log('warn', 'no version: the fit is not finite, the rows hold too large numbers', about)
          return undefined
        case 'trained': {
          const { model } = trained
          const version = await models.register({
            name,
            trigger: `tick:${at}`,
            description: `ridgeCV ${at}`,
            score: model.r2,
            trainedThrough: model.window.through,
            body: JSON.stringify(model),
          })
          log('info', `version ${version.version} registered`, {
            ...about,
            version: version.version,
            rows: model.rows,
            alpha: model.alpha,
            trainedThrough: version.trainedThrough,
            ...leftOut(trained),
          })
          return version
        }
      }
    }
  }

function isBatch(declaration: DeclaredModel): declaration is BatchModel {
  return 'window' in declaration
}

/** Fits the window that ends at the newest row, or an earlier one when that row stands (almost) alone. */
async function fit(
  rows: Rows,
  { series, window, minimumRows }: BatchModel,
  newest: string,
): Promise<Trained> {
  const last = await rows.window(series, newest, window)
  let trained = train(last, minimumRows)
  let first = last[0]
  for (let back = 0; back < WINDOWS_BACK && trained.kind === 'too-few' && first; back += 1) {
    const before = timestampKey(Date.parse(first.timestamp) - 1)
    const [earlier] = await rows.window(series, before, { kind: 'rows', rows: 1 })
    if (earlier === undefined) break
    const rowsBefore = await rows.window(series, earlier.timestamp, window)
    const other = train(rowsBefore, minimumRows)
    if (other.kind !== 'too-few') trained = other
    first = rowsBefore[0]
  }
  return trained
}

/** Names the features that too few rows have, as far as a line can. */
function leftOut({ leftOut: names }: { leftOut: string[] }): { leftOut?: string[] } {
  return names.length === 0 ? {} : { leftOut: names.slice(0, 10) }
}

function floorTick({ type, time }: IncomingEvent): string {
  if (type !== 'dev.knative.sources.ping') {
    throw new RejectedError(
      'type-unknown',
      `type "${type.slice(0, 80)}" trains nothing: send a dev.knative.sources.ping with a time`,
    )
  }
  const at = parseTimestamp(time)
  if (at === undefined) throw new RejectedError('timestamp-missing', 'the tick has no time')
  return timestampKey(Math.floor(at / SECOND) * SECOND)
}
