import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { Admin, Kafka } from 'kafkajs'

import { kafkaClient } from '../../../functions/lib/adapters/kafka-client.ts'
import type { Platform } from '../../../platform/local/platform.ts'
import { dataOf, deliveriesOf } from './drive.ts'

const TOPIC = 'mltest'
const GROUP = 'bench-dispatch'
const EVENTS = 6_000
/** Deliveries before the clock starts. */
const WARM_UP = 1_000

export interface DispatchRates {
  /** Events a second. */
  readonly ours: number
  readonly bare: number
}

/**
 * Single-row events that the KafkaSource of persist delivers, against a consumer that does nothing but post each message
 * to persist, five partitions at once. `onPlatform` runs persist and its source on that Kafka.
 */
export async function benchKafkaDispatch(
  brokers: string,
  folder: string,
  onPlatform: (measure: (platform: Platform) => Promise<number>) => Promise<number>,
): Promise<DispatchRates> {
  const client = kafkaClient('bench', { brokers: brokers.split(',') }, undefined, {})
  const admin = client.admin()
  await admin.connect()
  await produce(client, admin)
  const ours = await onPlatform((platform) => rateOf(() => deliveriesOf(platform)))
  const bare = await rateOfBareLoop(client, brokers, folder)
  await admin.deleteGroups([GROUP])
  await admin.disconnect()
  return { ours, bare }
}

/** Writes the events, and lets both groups begin at them. */
async function produce(client: Kafka, admin: Admin): Promise<void> {
  const ends = await admin.fetchTopicOffsets(TOPIC)
  const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }))
  for (const groupId of ['persist', GROUP]) {
    await admin.setOffsets({ groupId, topic: TOPIC, partitions })
  }
  const messages = Array.from({ length: EVENTS }, (_, index) => ({
    partition: index % partitions.length,
    value: dataOf('features', index, index + 1),
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: `${index}`,
      ce_source: '/bench',
      ce_type: 'dev.nowcast.features',
      ce_subject: 'mltest',
    },
  }))
  const producer = client.producer()
  await producer.connect()
  for (let first = 0; first < EVENTS; first += 1_000) {
    await producer.send({ topic: TOPIC, messages: messages.slice(first, first + 1_000) })
  }
  await producer.disconnect()
}

async function rateOf(deliveries: () => number | Promise<number>): Promise<number> {
  const reached = async (count: number): Promise<number> => {
    for (;;) {
      const now = await deliveries()
      if (now >= count) return now
      await pause(20)
    }
  }
  const before = await reached(WARM_UP)
  const began = performance.now()
  const after = await reached(EVENTS)
  return ((after - before) * 1_000) / (performance.now() - began)
}

async function rateOfBareLoop(client: Kafka, brokers: string, folder: string): Promise<number> {
  const state = await mkdtemp(join(tmpdir(), 'nowcast-bench-'))
  const child = spawn(process.execPath, [join(folder, 'functions/persist/index.ts')], {
    env: {
      ...process.env,
      PORT: '0',
      HOST: '127.0.0.1',
      EVENTS_URL: `kafka://${brokers}?security=plaintext`,
      DATABASE_URL: `sqlite:${join(state, 'store.db')}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await portOf(child.stdout)
  const agent = new Agent({ keepAlive: true })
  const consumer = client.consumer({ groupId: GROUP, maxWaitTimeInMs: 200 })
  let delivered = 0
  await consumer.connect()
  await consumer.subscribe({ topic: TOPIC })
  await consumer.run({
    partitionsConsumedConcurrently: 5,
    eachMessage: async ({ message }) => {
      const headers: Record<string, string> = {}
      for (const [name, value] of Object.entries(message.headers ?? {})) {
        headers[name.replace(/^ce_/, 'ce-')] = String(value)
      }
      await post(agent, port, headers, message.value ?? Buffer.alloc(0))
      delivered += 1
    },
  })
  const rate = await rateOf(() => delivered)
  await consumer.disconnect()
  agent.destroy()
  child.kill('SIGTERM')
  await once(child, 'exit')
  await rm(state, { recursive: true, force: true })
  return rate
}

/** The port of a function, which it tells in its log. */
function portOf(output: NodeJS.ReadableStream): Promise<number> {
  return new Promise((resolve, reject) => {
    // Read to the end: a function that cannot write its log stands still.
    createInterface({ input: output })
      .on('line', (line) => {
        const [, port] = /"fact":"listening".*"port":(\d+)/.exec(line) ?? []
        if (port !== undefined) resolve(Number(port))
      })
      .on('close', () => reject(new Error('persist did not start')))
  })
}

function post(
  agent: Agent,
  port: number,
  headers: Record<string, string>,
  body: Buffer,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, method: 'POST', agent, headers },
      (response) => {
        response.resume().on('end', resolve)
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
