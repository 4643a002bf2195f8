// Measures the flow on the embedded platform, one figure a line, with the machine it ran on.
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

import type { Facts } from '../platform/local/facts.ts'
import { startPlatform } from '../platform/local/platform.ts'
import type { Platform } from '../platform/local/platform.ts'
import { dispatchFigures } from './lib/bench/dispatch.ts'
import { benchEdit } from './lib/bench/edit.ts'
import { benchFlow } from './lib/bench/flow.ts'
import { benchFromZero } from './lib/bench/from-zero.ts'
import { benchIdle } from './lib/bench/idle.ts'
import { benchKafkaDispatch } from './lib/bench/kafka-dispatch.ts'
import { benchKafkaPublish } from './lib/bench/kafka-publish.ts'
import { benchLatency } from './lib/bench/latency.ts'
import { benchPersist } from './lib/bench/persist.ts'
import { benchRows } from './lib/bench/rows.ts'

const folder = fileURLToPath(new URL('..', import.meta.url))

const facts: Facts = (level, who, fact) => {
  if (level === 'error') console.error(`${who}: ${fact}`)
}

/** Runs a measurement on a platform of its own, with a new state folder, without the ticks. */
async function onPlatform<T>(
  only: string[],
  measure: (platform: Platform) => Promise<T>,
  kafka?: readonly string[],
): Promise<T> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'nowcast-bench-'))
  const platform = await startPlatform({
    folder,
    stateFolder,
    port: 0,
    fresh: false,
    speed: 1,
    only,
    kafka,
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

const flow = ['persist', 'predict', 'score', 'evaluate', 'train']
const { rowsPerSecond } = await onPlatform(flow, benchFlow)
report('whole flow, batches of 100: rows/s, features to score', whole(rowsPerSecond), '≥ 2,000')

const { p50, p99, deliveries } = await onPlatform(flow, benchLatency)
report('deliveries per sample, single-row events', deliveries.toFixed(2), '≤ 13')
report('one features event to its prediction in the log, p50: ms', p50.toFixed(1), '≤ 30')
report('one features event to its prediction in the log, p99: ms', p99.toFixed(1), '≤ 100')

const { oursMs, bareMs } = await benchFromZero(facts)
report('functions framework, a bare start to its first answer: ms', whole(bareMs), 'to compare')
report('the same from zero, first request to its answer: ms', whole(oursMs), 'to compare')
report('from zero to bare start', (oursMs / bareMs).toFixed(2), '≤ 1.5')

const { megabytes } = await benchIdle(folder)
report('the platform with all functions at zero: MB', whole(megabytes), '≤ 150')

const { results, distinct, liveMs } = await benchEdit(facts)
report('1,000 events at 100/s, code edited: results / distinct', `${results} / ${distinct}`, '1000')
report('from the save to the first result of the new code: ms', whole(liveMs), '≤ 2,000')

for await (const [name, figure, expected] of dispatchFigures(facts)) report(name, figure, expected)

const kafka = process.env['KAFKA_BROKERS']
if (kafka === undefined || kafka === '') {
  console.log(
    'events on Kafka: not measured; set KAFKA_BROKERS to brokers that are there for tests',
  )
} else {
  const servers = kafka.split(',')
  // Starting makes the topics.
  await onPlatform([], async () => undefined, servers)
  const publish = await benchKafkaPublish(kafka)
  report('publish to Kafka, the driver alone: rows/s', whole(publish.raw), 'to compare')
  report('publish to Kafka, the adapter: rows/s', whole(publish.ours), 'to compare')
  report('publish to Kafka, adapter to driver', (publish.ours / publish.raw).toFixed(2), '≥ 0.8')
  const dispatch = await benchKafkaDispatch(kafka, folder, (measure) =>
    onPlatform(['persist'], measure, servers),
  )
  report('dispatch from Kafka, a bare loop: events/s', whole(dispatch.bare), 'to compare')
  report('dispatch from Kafka, a KafkaSource: events/s', whole(dispatch.ours), 'to compare')
  const ratio = dispatch.ours / dispatch.bare
  report('dispatch from Kafka, KafkaSource to bare loop', ratio.toFixed(2), '≥ 0.7')
}

const mongo = process.env['MONGODB_URI']
if (mongo === undefined || mongo === '') {
  console.log('rows into MongoDB: not measured; set MONGODB_URI to a server')
} else {
  const { adapterPerSecond, barePerSecond } = await benchRows(mongo)
  report('rows into MongoDB, a bare bulkWrite loop: rows/s', whole(barePerSecond), 'to compare')
  report('rows into MongoDB, the adapter: rows/s', whole(adapterPerSecond), 'to compare')
  const ratio = adapterPerSecond / barePerSecond
  report('rows into MongoDB, adapter to bare loop', ratio.toFixed(2), '≥ 0.7')
}
