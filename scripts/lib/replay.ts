import { readFileSync } from 'node:fs'
import path from 'node:path'

import { writeCloudEvents } from '../../functions/lib/cloud-event.ts'
import { readDeclaredModels } from '../../functions/lib/declared-models.ts'
import { DEFAULT_SERIES, TOPICS } from '../../functions/lib/events.ts'
import type { ColumnOptions } from '../../platform/local/data/columns.ts'
import { openDataFile } from '../../platform/local/data/data-file.ts'
import type { DataFile } from '../../platform/local/data/data-file.ts'
import { DataFileError } from '../../platform/local/data/data-file-error.ts'
import type { Facts } from '../../platform/local/facts.ts'
import type { Moment, Replay } from '../../platform/local/parts/replay.ts'
import type { PlatformOptions } from '../../platform/local/platform.ts'
import { CommandFailure } from './failure.ts'
import { eventsOf } from './feed/events-of.ts'
import { printable } from './printable.ts'

/** What `nowcast start` takes of a file to replay. */
export interface DataOptions extends ColumnOptions {
  readonly data?: string
  readonly series?: string
  readonly models?: string
}

const SOURCE = '/nowcast/replay'
const SINK = `nowcast/${TOPICS['dev.nowcast.features']}`
/** A file takes the simulator's place. */
const SIMULATOR = 'simulate'
const REFUSED_SHOWN = 10

/** What the platform is told of a file to replay, and of models declared in a file; nothing when neither is given. */
export async function dataOptions(
  options: DataOptions,
  facts: Facts,
): Promise<Pick<PlatformOptions, 'replay' | 'except' | 'settings'>> {
  const { data, models } = options
  const settings = models === undefined ? {} : { settings: [declaredIn(models)] }
  if (data === undefined) {
    const given = (['time', 'target', 'ignore', 'series'] as const).find(
      (name) => options[name] !== undefined,
    )
    if (given !== undefined) {
      throw new CommandFailure(`--${given} says how --data is read: name a CSV file with --data`, 2)
    }
    return settings
  }
  return { ...settings, replay: await replayOf(data, options, facts), except: [SIMULATOR] }
}

function declaredIn(file: string): NonNullable<PlatformOptions['settings']>[number] {
  try {
    readDeclaredModels(file)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new CommandFailure(`--models: ${printable(why)}`, 2, { cause })
  }
  const value = readFileSync(file, 'utf8')
  return { configMap: 'nowcast/models', key: 'models.yaml', value }
}

async function replayOf(file: string, options: DataOptions, facts: Facts): Promise<Replay> {
  const series = options.series ?? DEFAULT_SERIES
  const { time, target, ignore } = options
  try {
    const data = await openDataFile(file, { time, target, ignore })
    return {
      name: [path.resolve(file), series, time, target, ignore].filter(Boolean).join(' '),
      moments: momentsOf(data, series, facts),
      sink: SINK,
    }
  } catch (cause) {
    if (!(cause instanceof DataFileError)) throw cause
    throw new CommandFailure(`--data: ${printable(cause.message)}`, 2, { cause })
  }
}

/** Each row as features and target at its time; what is left out is told. */
async function* momentsOf(
  data: DataFile,
  series: string,
  facts: Facts,
): AsyncGenerator<Moment, void> {
  let refused = 0
  for await (const row of data.rows()) {
    if (row.kind === 'refused') {
      refused += 1
      const more = refused === REFUSED_SHOWN ? '; further lines are only counted' : ''
      if (refused <= REFUSED_SHOWN) {
        facts('warn', 'replay', `line ${row.line} is left out: ${row.reason}${more}`)
      }
      continue
    }
    const written = eventsOf([row], series).flatMap((event) => writeCloudEvents(SOURCE, event))
    yield {
      time: Date.parse(row.timestamp),
      events: written.map(({ attributes, body }) => ({
        attributes: { ...attributes, datacontenttype: 'application/json' },
        data: Buffer.from(body),
      })),
    }
  }
  facts('info', 'replay', 'the last row is sent', { refused })
}
