import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { Facts } from '../../../platform/local/facts.ts'
import type { NewRecord } from '../../../platform/local/log/event-log.ts'
import { openSqliteLog } from '../../../platform/local/log/sqlite-log.ts'
import { run } from '../../../platform/local/parts/service/process.ts'
import { startPlatform } from '../../../platform/local/platform.ts'
import { openStateFolder } from '../../../platform/local/state-folder.ts'

/** How a source delivers: its partitions, and whether it keeps their order. */
interface Case {
  readonly partitions: number
  readonly ordering: 'ordered' | 'unordered'
}

const CASES: readonly Case[] = [1, 5, 20].flatMap((partitions) => [
  { partitions, ordering: 'ordered' },
  { partitions, ordering: 'unordered' },
])

interface Figures {
  /** Events a second, from the log to the answer of a function that does nothing. */
  readonly ours: number
  /** Requests a second of a loop that does nothing but post to that function, as many at once. */
  readonly bare: number
}

const EVENTS = 8_000
/** Deliveries before the clock starts. */
const WARM_UP = 1_000
/** The most an unordered source has in flight. */
const WINDOW = 99
const ROUNDS = 3

const HEADERS = {
  ce_specversion: '1.0',
  ce_source: '/bench',
  ce_type: 'bench',
  'content-type': 'application/json',
}
const BODY = Buffer.from(JSON.stringify({ rows: [{ timestamp: '2026-01-01T00:00:00Z', a: 1 }] }))

/** A function of the framework that ours stand on, the same for both. */
const NO_OP = 'export const nothing = () => undefined\n'
const FRAMEWORK = fileURLToPath(import.meta.resolve('@google-cloud/functions-framework'))
const COMMAND = [
  'node',
  join(dirname(FRAMEWORK), 'main.js'),
  '--source=nothing.mjs',
  '--target=nothing',
  '--signature-type=cloudevent',
]

const manifests = ({ partitions, ordering }: Case): string => `
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: { name: bench }
spec: { partitions: ${partitions} }
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: nothing }
spec:
  template:
    metadata: { annotations: { autoscaling.knative.dev/min-scale: '1', autoscaling.knative.dev/max-scale: '1' } }
    spec: { containers: [{ image: nothing, command: ${JSON.stringify(COMMAND)} }] }
---
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: { name: bench }
spec:
  bootstrapServers: ['bench:9092']
  topics: [bench]
  initialOffset: earliest
  ordering: ${ordering}
  sink: { ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: nothing } }
`

const whole = (rate: number): string => Math.round(rate).toLocaleString('en')

/** Name, figure and what is expected of it, of sources with 1, 5 and 20 partitions, ordered and not. */
export async function* dispatchFigures(facts: Facts): AsyncGenerator<[string, string, string]> {
  for (const one of CASES) {
    const name = `dispatch, ${one.ordering}, partitions: ${one.partitions}`
    const { ours, bare } = await benchDispatch(one, facts)
    yield [`${name}, a bare loop: requests/s`, whole(bare), 'to compare']
    yield [`${name}, a KafkaSource: events/s`, whole(ours), 'to compare']
    yield [`${name}, KafkaSource to bare loop`, (ours / bare).toFixed(2), '≥ 0.7']
  }
}

/** The median of three rounds, both measured in each: what else the machine does meets both. */
async function benchDispatch(one: Case, facts: Facts): Promise<Figures> {
  const rounds: Figures[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const folder = await mkdtemp(join(tmpdir(), 'nowcast-bench-'))
    try {
      await writeFile(join(folder, 'nothing.mjs'), NO_OP)
      await writeFile(join(folder, 'bench.yaml'), manifests(one))
      rounds.push({
        bare: await rateOfBareLoop(folder, one),
        ours: await rateOf(folder, one, facts),
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  const sorted = rounds.toSorted((a, b) => a.ours / a.bare - b.ours / b.bare)
  const [median] = sorted.slice(Math.floor(ROUNDS / 2))
  if (median === undefined) throw new Error('there was no round')
  return median
}

async function rateOf(folder: string, { partitions }: Case, facts: Facts): Promise<number> {
  const stateFolder = join(folder, '.nowcast')
  await fill(stateFolder, partitions)
  const platform = await startPlatform({
    folder,
    stateFolder,
    port: 0,
    fresh: false,
    speed: 1,
    facts,
  })
  const delivered = async (): Promise<number> => {
    const [source] = await platform.view.sources()
    return source?.delivered ?? 0
  }
  try {
    return await rateBetween(delivered)
  } finally {
    await platform.close()
  }
}

async function fill(stateFolder: string, partitions: number): Promise<void> {
  const state = openStateFolder(stateFolder, { fresh: false })
  const log = openSqliteLog(join(state.path, 'log.db'), Date.now)
  log.createTopic({
    topic: 'bench',
    partitions,
    retentionMs: undefined,
    maxMessageBytes: 1_048_588,
  })
  const records = Array.from({ length: EVENTS }, (_, index): NewRecord => {
    const headers = { ...HEADERS, ce_id: String(index) }
    return { topic: 'bench', partition: index % partitions, key: undefined, headers, value: BODY }
  })
  for (let first = 0; first < EVENTS; first += 1_000) {
    await log.append(records.slice(first, first + 1_000))
  }
  log.close()
  state.close()
}

async function rateOfBareLoop(folder: string, { partitions, ordering }: Case): Promise<number> {
  const port = await freePort()
  // As the platform starts it: a process that leads its own session gets its share of a busy machine another way.
  const variables = { PATH: process.env['PATH'] ?? '', PORT: String(port) }
  const child = run({ command: COMMAND, folder, variables })
  child.stdout.resume()
  child.stderr.resume()
  const agent = new Agent({ keepAlive: true })
  await answering(agent, port)
  let begun = 0
  let done = 0
  const loop = async (): Promise<void> => {
    while (begun < EVENTS) {
      begun++
      await post(agent, port, begun)
      done++
    }
  }
  const width = ordering === 'ordered' ? partitions : WINDOW
  const loops = Promise.all(Array.from({ length: width }, loop))
  const rate = await rateBetween(() => done)
  await loops
  agent.destroy()
  child.kill()
  await child.ended
  return rate
}

/** A second's deliveries, from the warm-up to the last. */
async function rateBetween(delivered: () => number | Promise<number>): Promise<number> {
  const reached = async (count: number): Promise<number> => {
    for (;;) {
      const now = await delivered()
      if (now >= count) return now
      await pause(5)
    }
  }
  const before = await reached(WARM_UP)
  const began = performance.now()
  const after = await reached(EVENTS)
  return ((after - before) * 1_000) / (performance.now() - began)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

/** Resolves once the function answers. */
async function answering(agent: Agent, port: number): Promise<void> {
  for (;;) {
    try {
      await post(agent, port, 0)
      return
    } catch {
      await pause(20)
    }
  }
}

function post(agent: Agent, port: number, id: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': String(id),
      'ce-source': '/bench',
      'ce-type': 'bench',
      'content-type': 'application/json',
      'content-length': BODY.length,
    }
    request({ host: '127.0.0.1', port, method: 'POST', agent, headers }, (response) => {
      text(response).then(resolve, reject)
    })
      .on('error', reject)
      .end(BODY)
  })
}
