import { enableCompileCache } from 'node:module'
import path from 'node:path'
import process from 'node:process'
import type { Command } from 'commander'

import { describeError } from '../../functions/lib/log.ts'
import { pictures } from '../../platform/local/console/picture.ts'
import type { Platform } from '../../platform/local/platform.ts'
import type { View } from '../../platform/local/view.ts'
import { addressesOf, banner } from './banner.ts'
import { CommandFailure } from './failure.ts'
import { existingFolder } from './folder.ts'
import {
  bootstrapServers,
  bytes,
  DEFAULT_PORT,
  duration,
  names,
  portNumber,
  speedFactor,
} from './options.ts'
import type { DataOptions } from './replay.ts'
import { progressLine, progressOf } from './progress.ts'
import { openScreen } from './screen.ts'
import type { Screen } from './screen.ts'
import { awaitStop } from './stopping.ts'
import { tellSummary } from './summary.ts'
import type { WatchedOutput } from './watched-output.ts'

interface StartOptions extends DataOptions {
  readonly port: number
  readonly speed: number
  readonly for?: number
  readonly fresh?: boolean
  readonly only?: readonly string[]
  readonly kafka?: readonly string[]
  readonly mongo?: string
  readonly logQuota?: number
  readonly json?: boolean
  readonly verbose?: boolean
}

const MINUTE_MS = 60_000
const STOP_DEADLINE_MS = 5_000

/** `nowcast start` */
export function addStart(program: Command, output: WatchedOutput): void {
  program
    .command('start')
    .description('run a folder of manifests on this machine')
    .argument('[folder]', 'the folder; its state is kept in .nowcast in it', '.')
    .option('--port <number>', 'where to listen; 0 takes a free port', portNumber(0), DEFAULT_PORT)
    .option(
      '--speed <factor>',
      'virtual seconds per second; max: in lock step, the same each run, as fast as it goes',
      speedFactor,
      1,
    )
    .option('--for <duration>', 'stop after this virtual time, e.g. PT1H, and sum up', duration)
    .option('--data <file.csv>', 'replay this file in place of the simulator, then sum up and stop')
    .option('--time <column>', 'of --data: the column of the time, or two: date+hour')
    .option('--target <column>', 'of --data: the column to predict; else "target"')
    .option('--ignore <columns>', 'of --data: columns to leave out, separated by commas')
    .option('--series <name>', 'of --data: the series the rows are of (default: mltest)')
    .option('--models <file>', 'declare these models in place of those in eventing/models.yaml')
    .option('--fresh', 'forget the state of earlier runs first')
    .option('--only <names>', 'run these Services alone, e.g. persist,score', names)
    .option(
      '--kafka <host:port>',
      'use this Kafka, in plain text, in place of the embedded log',
      bootstrapServers,
    )
    .option('--mongo <uri>', 'use this MongoDB, mongodb://…, in place of the embedded database')
    .option('--log-quota <size>', 'how large the embedded log may grow, e.g. 2GB', bytes)
    .option('--json', 'print one JSON line a fact, also in a terminal')
    .option('--verbose', 'print debug facts too, one an event')
    .action((folder: string, options: StartOptions) => start(folder, options, output))
}

async function start(folder: string, options: StartOptions, output: WatchedOutput): Promise<void> {
  const absolute = existingFolder(folder)
  const screen = openScreen({ json: options.json ?? false, verbose: options.verbose ?? false })
  const wished = awaitStop(output).then(() => beginStop(screen))
  const platform = await startedPlatform(absolute, options, screen)
  announce(absolute, platform, screen)
  const minutes = setInterval(() => void tellProgress(platform.view, screen), MINUTE_MS)
  try {
    await Promise.race([wished, ...endings(options, platform, screen)])
  } finally {
    clearInterval(minutes)
    await platform.close()
  }
  screen.facts('info', 'nowcast', 'stopped')
  process.exit(0)
}

/** What ends a run beside the user. */
function endings(options: StartOptions, platform: Platform, screen: Screen): Promise<void>[] {
  return [
    ...(options.for === undefined ? [] : [runFor(options.for, platform, screen)]),
    ...(options.data === undefined ? [] : [replayAll(platform, screen)]),
  ]
}

/** Waits for the last row of a replay and all that follows from it. Rejects when the replay breaks off. */
async function replayAll(platform: Platform, screen: Screen): Promise<void> {
  const { view, replayed } = platform
  try {
    await replayed
  } catch (cause) {
    const message = `the replay broke off: ${describeError(cause)}; once it is mended, the same command without --fresh goes on`
    throw new CommandFailure(message, 1, { cause })
  }
  do await view.clock.sleep(1_000)
  while (await isBusy(view))
  await sumUp(platform, screen)
}

async function isBusy(view: View): Promise<boolean> {
  const sources = await view.sources()
  return sources.some(({ lag = [] }) => lag.some(({ records }) => records > 0))
}

/** Lets the platform run for some virtual time, and stops it with nothing begun after that. */
async function runFor(ms: number, platform: Platform, screen: Screen): Promise<void> {
  // One more, so that what is due at the last moment is done.
  await platform.view.clock.sleep(ms + 1)
  await sumUp(platform, screen)
}

/** When nobody else has a turn, says what the run has come to, and ends it. */
function sumUp({ view, close }: Platform, screen: Screen): Promise<void> {
  return view.clock.turn(Number.POSITIVE_INFINITY, async () => {
    await tellSummary(view, screen)
    await close()
  })
}

async function startedPlatform(
  folder: string,
  options: StartOptions,
  { facts }: Screen,
): Promise<Platform> {
  // Loaded here: the other commands need nothing of the platform and start faster without it. What Node has compiled once
  // need not be compiled again, which saves the memory of the compiler, too.
  enableCompileCache()
  const { startPlatform } = await import('../../platform/local/platform.ts')
  const { port, speed, fresh = false, only, kafka, mongo, logQuota, verbose } = options
  const stateFolder = path.join(folder, '.nowcast')
  const { dataOptions } = await import('./replay.ts')
  const data = await dataOptions(options, facts)
  try {
    return await startPlatform({
      folder,
      stateFolder,
      port,
      fresh,
      speed,
      only,
      kafka,
      mongo,
      ...data,
      logQuota,
      verbose,
      facts,
    })
  } catch (error) {
    if (verbose && error instanceof Error) console.error(error.stack)
    throw new CommandFailure(
      `Nowcast cannot start:\n${error instanceof Error ? error.message : String(error)}`,
      1,
      { cause: error },
    )
  }
}

function announce(folder: string, { port, view }: Platform, screen: Screen): void {
  const addresses = addressesOf(port, view)
  if (screen.isForPeople) {
    screen.text(banner(folder, port, addresses))
    return
  }
  const { console: address, services } = addresses
  screen.facts('info', 'nowcast', `the console is at ${address}`, { address, services, folder })
  // Somebody may watch although the facts go to a file or a pipe.
  if (process.stderr.isTTY) console.error(`Nowcast runs: ${address}`)
}

async function tellProgress(view: View, screen: Screen): Promise<void> {
  try {
    const progress = progressOf((await pictures(view).take()).status)
    screen.facts(
      'info',
      'nowcast',
      progressLine(progress),
      screen.isForPeople ? {} : { ...progress },
    )
  } catch (error) {
    screen.facts('warn', 'nowcast', `the stores cannot be read now: ${describeError(error)}`)
  }
}

/** Says so at once, also while the platform is still starting, and sets the deadline. */
function beginStop(screen: Screen): void {
  screen.facts('info', 'nowcast', 'stopping')
  setTimeout(() => {
    screen.facts('error', 'nowcast', 'not everything stopped in time: what is left is killed')
    process.exit(1)
  }, STOP_DEADLINE_MS).unref()
}
