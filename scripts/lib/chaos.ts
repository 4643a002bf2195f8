import { rmSync } from 'node:fs'
import process from 'node:process'
import type { Command } from 'commander'

import { describeError } from '../../functions/lib/log.ts'
import { compare } from './chaos/compare.ts'
import { ratesFor } from './chaos/faults.ts'
import { makeChaosFolder, removeFolder } from './chaos/folder.ts'
import { drawPlan } from './chaos/plan.ts'
import { startProxy } from './chaos/proxy.ts'
import type { Proxy } from './chaos/proxy.ts'
import { faultsOfUndisturbed, reportOf, reportText } from './chaos/report.ts'
import type { Report } from './chaos/report.ts'
import { performRun } from './chaos/run.ts'
import type { RunNeeds } from './chaos/run.ts'
import { emptyServers } from './chaos/servers.ts'
import type { Servers } from './chaos/servers.ts'
import { readSnapshot } from './chaos/snapshot.ts'
import { embeddedStore, mongoPort, serverStore } from './chaos/store.ts'
import { drawStream, LEAST_EVENTS } from './chaos/stream.ts'
import { CommandFailure } from './failure.ts'
import { bootstrapServers, wholeNumber } from './options.ts'

interface ChaosOptions extends Servers {
  readonly events: number
  readonly seed?: number
  readonly wipe?: true
  readonly json?: true
  readonly keep?: true
}

/** As a shell reports an end by Ctrl-C. */
const BROKEN_OFF = 130
const MOST_EVENTS = 100_000
const MAX_SEED = 999_999_999

/** `nowcast chaos` */
export function addChaos(program: Command): void {
  program
    .command('chaos')
    .description('break things on purpose, and see that nothing is lost, doubled or different')
    .option(
      '--events <number>',
      'how many are published',
      wholeNumber(LEAST_EVENTS, MOST_EVENTS),
      5_000,
    )
    .option(
      '--seed <number>',
      'draws events and faults; the same one, the same run',
      wholeNumber(0, MAX_SEED),
    )
    .option(
      '--kafka <host:port>',
      'on this Kafka, in plain text, which is there for tests',
      bootstrapServers,
    )
    .option('--mongo <uri>', 'on this MongoDB, mongodb://…, which is there for tests')
    .option('--wipe', 'delete what those servers hold of an earlier run first')
    .option('--json', 'print the report as JSON')
    .option('--keep', 'keep the folder of the run, and say where it is')
    .action(chaos)
}

async function chaos(options: ChaosOptions): Promise<void> {
  if (options.mongo !== undefined) mongoPort(options.mongo)
  await emptyServers(options, { wipe: options.wipe ?? false })
  const proxy = await startProxy()
  try {
    const folder = await makeChaosFolder(proxy.addresses, {
      isKafkaReal: options.kafka !== undefined,
    })
    if (!options.keep) removeWhenBrokenOff(folder)
    try {
      const report = await bothRuns(folder, proxy, options)
      console.log(options.json ? JSON.stringify(report, undefined, 2) : reportText(report))
      process.exitCode = report.isPassed ? 0 : 1
    } finally {
      if (options.keep) console.error(`kept: ${folder}`)
      else await removeFolder(folder)
    }
  } finally {
    await proxy.close()
  }
}

/** The platform in the folder ends by itself: Ctrl-C reaches it too, and nobody reads what it prints any more. */
function removeWhenBrokenOff(folder: string): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
      process.exit(BROKEN_OFF)
    })
  }
}

async function bothRuns(folder: string, proxy: Proxy, options: ChaosOptions): Promise<Report> {
  const { events, kafka, mongo, seed = Math.floor(Math.random() * MAX_SEED) } = options
  const stream = drawStream(seed, events)
  const store = mongo === undefined ? embeddedStore(folder) : await serverStore(mongo)
  const args = kafka === undefined ? [] : ['--kafka', kafka.join(',')]
  const breaks = drawPlan(seed, events, {
    kafka: kafka !== undefined,
    store: mongo === undefined ? 'embedded' : 'server',
  })
  const again = ['nowcast chaos', `--events ${events}`, `--seed ${seed}`]

  async function performed(name: string, trouble: RunNeeds['trouble']) {
    const say = progressOf(`${name}, seed ${seed}`, events)
    const began = performance.now()
    const happened = await performRun({
      folder,
      store,
      proxy,
      stream,
      args,
      trouble,
      progress: say,
    })
    const snapshot = await readSnapshot(store.url)
    const seconds = Math.round((performance.now() - began) / 1_000)
    return { snapshot, happened, seconds }
  }

  try {
    const undisturbed = await performed('undisturbed', undefined)
    const wrong = faultsOfUndisturbed(undisturbed.snapshot, stream)
    if (wrong.length > 0) {
      throw new CommandFailure(
        `the undisturbed run is wrong already (${wrong.join('; ')}): see to that first, ${again.join(' ')}`,
      )
    }
    await emptyServers(options, { wipe: true })
    const disturbed = await performed('disturbed', { seed, rates: ratesFor(events), breaks })
    return reportOf({
      seed,
      events,
      undisturbed,
      disturbed,
      differences: compare(undisturbed.snapshot, disturbed.snapshot),
      faults: { ...proxy.happened },
      breaks: disturbed.happened,
      planned: breaks,
      again: again.join(' '),
    })
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw new CommandFailure(
      `the run broke off: ${describeError(error)}; again: ${again.join(' ')}`,
      1,
      {
        cause: error,
      },
    )
  } finally {
    await store.close()
    await emptyServers(options, { wipe: true })
  }
}

/** Says in a terminal, a hundred times, how far a run is. */
function progressOf(name: string, events: number): (published: number) => void {
  if (!process.stderr.isTTY) return () => undefined
  const step = Math.max(1, Math.floor(events / 100))
  return (published) => {
    if (published % step !== 0 && published !== events) return
    process.stderr.write(
      `\r${name}: ${published} of ${events} events${published === events ? '\n' : ''}`,
    )
  }
}
