import { statSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'

import { DEFAULT_SERIES, TOPICS } from '../../functions/lib/events.ts'
import { describeError } from '../../functions/lib/log.ts'
import type { ColumnOptions } from '../../platform/local/data/columns.ts'
import type { DataFile } from '../../platform/local/data/data-file.ts'
import { DataFileError } from '../../platform/local/data/data-file-error.ts'
import { withClusterOption } from './cluster.ts'
import { CommandFailure } from './failure.ts'
import { counted, openFeedLine } from './feed/feed-line.ts'
import type { FeedLine } from './feed/feed-line.ts'
import { NOTHING_DONE } from './feed/position.ts'
import type { FeedProgress, Position } from './feed/position.ts'
import type { PublisherOptions } from './feed/publisher.ts'
import { withClientOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import { printable } from './printable.ts'

interface FeedOptions extends ClientOptions, PublisherOptions, ColumnOptions {
  readonly series: string
  readonly rate?: number
  readonly again?: true
  readonly state: string
}

const TOPIC = TOPICS['dev.nowcast.features']

/** `nowcast feed` */
export function addFeed(program: Command): void {
  withClusterOption(withClientOptions(program.command('feed'), 'print the result as JSON'))
    .description(`publish the rows of a CSV file to ${TOPIC}: features and targets`)
    .argument('<file.csv>', 'its first line names the columns')
    .option('--series <name>', 'the series the rows are of', seriesName, DEFAULT_SERIES)
    .option('--rate <rows>', 'rows a second; else as fast as they are taken', rowsASecond)
    .option('--time <column>', 'the column of the time, or two: date+hour')
    .option('--target <column>', 'the column to predict; else "target" when there is one')
    .option('--ignore <columns>', 'columns to leave out, separated by commas')
    .option('--again', 'publish all of it, also what was published before')
    .option('--namespace <name>', 'where the KafkaSinks are', 'nowcast')
    .option('--state <folder>', 'where it is kept how far it is', '.nowcast')
    .addHelpText(
      'after',
      `
Every other column is a feature. Times are ISO 8601 (UTC without a zone), or seconds or milliseconds since 1970. An empty
cell, NA, NaN, null, none, ? or - is a feature the row lacks; a row with another text is left out, counted and named by its line.

It goes on where it was stopped, by Ctrl-C or a fault: the same file, by its contents, with the same series, columns and
destination. Rows that are published twice are stored once.

Examples:
  nowcast feed hour.csv --time dteday+hr --target cnt --ignore instant,casual,registered
  nowcast feed sensor.csv --series boiler --target temperature --rate 50`,
    )
    .action(feed)
}

async function feed(file: string, options: FeedOptions): Promise<void> {
  const data = await opened(file, options)
  const position = await positionOf(file, data, options)
  const begin = options.again ? NOTHING_DONE : position.read()
  const line = openFeedLine(statSync(file).size)
  if (!begin.isComplete && !options.json) tellPlan(data, begin, options, line)
  const now = begin.isComplete
    ? begin
    : await published(data, begin, position, options, line).finally(() => line.end())
  if (options.json) console.log(JSON.stringify({ ...result(file, options), ...now }))
  else if (begin.isComplete)
    console.log(`${summary(now, options)} already; --again publishes it again`)
  else if (now.isComplete) console.log(summary(now, options))
  if (!now.isComplete) {
    throw new CommandFailure(`stopped after line ${now.line}: the same command goes on from there`)
  }
  if (now.repeated > 0 && !options.json) {
    console.error(
      `${counted(now.repeated)} rows have the time of the row before them, and rows of one time are one row: is an hour missing in --time?`,
    )
  }
}

async function opened(file: string, options: ColumnOptions): Promise<DataFile> {
  // Loaded here: the parser is large, and the other commands do without.
  const { openDataFile } = await import('../../platform/local/data/data-file.ts')
  try {
    return await openDataFile(file, options)
  } catch (cause) {
    throw new CommandFailure(printable(sentenceOf(cause)), 2, { cause })
  }
}

/** What is meant for the user already says why; of anything else, the causes do. */
function sentenceOf(error: unknown): string {
  const isSentence = error instanceof CommandFailure || error instanceof DataFileError
  return isSentence ? error.message : describeError(error)
}

async function positionOf(
  file: string,
  { columns }: DataFile,
  { series, kafka, port, namespace, state }: FeedOptions,
): Promise<Position> {
  const { openPosition } = await import('./feed/position.ts')
  const destination = kafka?.join(',') ?? `port ${port}, namespace ${namespace}`
  return openPosition(state, { file, series, destination, columns })
}

function tellPlan(
  { columns: { target, features } }: DataFile,
  { records, line: at }: FeedProgress,
  { series }: FeedOptions,
  line: FeedLine,
): void {
  const goal = target === undefined ? 'no target (--target names one)' : `target "${target.name}"`
  line.above(
    printable(
      `series ${series}: ${goal}, ${features.length} feature${features.length === 1 ? '' : 's'}`,
    ),
  )
  for (const { name, feature } of features) {
    if (name !== feature) line.above(printable(`column "${name}" becomes the feature "${feature}"`))
  }
  if (records > 0) line.above(`goes on after line ${at}`)
}

const REFUSED_SHOWN = 10

async function published(
  data: DataFile,
  begin: FeedProgress,
  position: Position,
  options: FeedOptions,
  line: FeedLine,
): Promise<FeedProgress> {
  const { openPublisher } = await import('./feed/publisher.ts')
  const { publishFile } = await import('./feed/publish-file.ts')
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  let refused = 0
  let now = begin
  try {
    const events = await openPublisher(options)
    try {
      return await publishFile(data, begin, {
        events,
        series: options.series,
        rate: options.rate,
        stopping: stopping.signal,
        onRefused(at, reason) {
          refused += 1
          if (refused <= REFUSED_SHOWN) line.above(`line ${at} is left out: ${printable(reason)}`)
          if (refused === REFUSED_SHOWN) line.above('further lines are only counted')
        },
        onProgress(progress, bytes) {
          now = progress
          position.keep(progress)
          line.update(progress, bytes)
        },
      })
    } finally {
      await events.close()
    }
  } catch (cause) {
    line.end()
    const why = printable(sentenceOf(cause))
    const sentence =
      now.records === 0
        ? `nothing is published: ${why}`
        : `stopped after line ${now.line}: ${why}; the same command goes on from there`
    throw new CommandFailure(sentence, 1, { cause })
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

function result(file: string, { series }: FeedOptions): object {
  return { file: path.resolve(file), series, topic: TOPIC }
}

function summary({ rows, targets, refused }: FeedProgress, { series }: FeedOptions): string {
  const left = refused === 0 ? '' : `, ${counted(refused)} left out`
  return printable(
    `${counted(rows)} ${rows === 1 ? 'row' : 'rows'}, ${counted(targets)} with a target${left}: published to ${TOPIC} as series ${series}`,
  )
}

function rowsASecond(text: string): number {
  const rate = /^\d{1,7}(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (rate > 0) return rate
  throw new InvalidArgumentError('It must be a positive number of rows a second, e.g. 50.')
}

function seriesName(text: string): string {
  if (/^[^\p{Cc}]{1,128}$/u.test(text)) return text
  throw new InvalidArgumentError('It must be 1 to 128 printable characters.')
}
