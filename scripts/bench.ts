// Measures the flow on the embedded platform, one figure a line, with the machine it ran on.
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

import type { Facts } from '../platform/local/facts.ts'
import { startPlatform } from '../platform/local/platform.ts'
import type { Platform } from '../platform/local/platform.ts'
import { benchFlow } from './lib/bench/flow.ts'
import { benchLatency } from './lib/bench/latency.ts'
import { benchPersist } from './lib/bench/persist.ts'

const folder = fileURLToPath(new URL('..', import.meta.url))

const facts: Facts = (level, who, fact) => {
  if (level === 'error') console.error(`${who}: ${fact}`)
}

/** Runs a measurement on a platform of its own, with a new state folder, without the ticks. */
async function onPlatform<T>(
  only: string[],
  measure: (platform: Platform) => Promise<T>,
): Promise<T> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'nowcast-bench-'))
  const platform = await startPlatform({
    folder,
    stateFolder,
    port: 0,
    fresh: false,
    speed: 1,
    only,
    facts,
  })
  try {
    return await measure(platform)
  } finally {
    await platform.close()
    await rm(stateFolder, { recursive: true, force: true })
  }
}

function report(name: string, figure: string, expected: string): void {
  console.log(`${name.padEnd(58)} ${figure.padStart(14)}   (expected ${expected})`)
}

const [cpu] = cpus()
console.log(
  `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
    `${process.platform}, Node ${process.version}\n`,
)

const whole = (value: number): string => Math.round(value).toLocaleString('en')
const persist = await onPlatform(['persist'], benchPersist)
report('persist alone, batches of 500: rows/s', whole(persist.rowsPerSecond), '≥ 20,000')

const flow = ['persist', 'predict', 'score']
const { rowsPerSecond } = await onPlatform(flow, benchFlow)
report('whole flow, batches of 100: rows/s, features to score', whole(rowsPerSecond), '≥ 2,000')

const { p50, p99, deliveries } = await onPlatform(flow, benchLatency)
report('deliveries per sample, single-row events', deliveries.toFixed(2), '≤ 13')
report('one features event to its prediction in the log, p50: ms', p50.toFixed(1), '≤ 30')
report('one features event to its prediction in the log, p99: ms', p99.toFixed(1), '≤ 100')
