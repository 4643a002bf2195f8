import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'

import { kafkaClient } from '../../functions/lib/adapters/kafka-client.ts'
import { connectDatabase } from '../../functions/lib/connect.ts'
import type { Database } from '../../functions/lib/connect.ts'
import { eventually } from './eventually.ts'

/** The real systems to test on, as `test/contracts/README.md` says; undefined skips. */
export const KAFKA_BROKERS = env['KAFKA_BROKERS'] || undefined
const MONGODB_URI = env['MONGODB_URI'] || undefined

/** What the local platform runs on in a test. */
export interface Backend {
  readonly name: string
  /** Why it is not tested; undefined when it is. */
  readonly skipped: string | undefined
  /** Options of `nowcast start`. */
  readonly args: readonly string[]
  /**
   * Takes it for one test file and empties it. The topics and databases that the manifests name are deleted, so the servers must
   * be there for tests alone; other test files wait until it is released.
   */
  take(): Promise<TakenBackend>
  /** The stores that functions of a folder write. */
  openStore(folder: string): Promise<Database>
}

export interface TakenBackend {
  release(): Promise<void>
}

const embedded: Backend = {
  name: 'the embedded log and store',
  skipped: undefined,
  args: [],
  take: async () => ({ release: async () => undefined }),
  openStore: (folder) => connectDatabase(`sqlite:${join(folder, '.nowcast', 'nowcast.rs0.db')}`),
}

const real: Backend = {
  name: [
    KAFKA_BROKERS === undefined ? 'the embedded log' : 'Kafka',
    MONGODB_URI === undefined ? 'the embedded store' : 'MongoDB',
  ].join(' and '),
  skipped:
    KAFKA_BROKERS === undefined && MONGODB_URI === undefined
      ? 'set KAFKA_BROKERS, MONGODB_URI or both to run it on real servers'
      : undefined,
  args: [
    ...(KAFKA_BROKERS === undefined ? [] : ['--kafka', KAFKA_BROKERS]),
    ...(MONGODB_URI === undefined ? [] : ['--mongo', MONGODB_URI]),
  ],
  async take() {
    const release = await takeAlone()
    try {
      if (KAFKA_BROKERS !== undefined) await emptyKafka(KAFKA_BROKERS)
      if (MONGODB_URI !== undefined) await emptyMongo(MONGODB_URI)
    } catch (error) {
      await release()
      throw error
    }
    return { release }
  },
  openStore: (folder) =>
    MONGODB_URI === undefined ? embedded.openStore(folder) : connectDatabase(MONGODB_URI),
}

export const backends: readonly Backend[] = [embedded, real]

/** Takes a Kafka alone, as a backend is taken. */
export async function takeKafka(brokers: string): Promise<TakenBackend> {
  const release = await takeAlone()
  await emptyKafka(brokers)
  return { release }
}

/** How long another test file may have the servers. */
const TAKE_TIMEOUT_MS = 1_200_000
/** For the `beforeAll` that takes a backend. */
export const TAKE_DEADLINE_MS = TAKE_TIMEOUT_MS + 60_000

/** A lock of the system, held through SQLite: it ends with its process however that dies. */
async function takeAlone(): Promise<() => Promise<void>> {
  const lock = new DatabaseSync(join(tmpdir(), 'nowcast-test-servers.db'))
  lock.exec('pragma busy_timeout = 0; pragma locking_mode = exclusive')
  await eventually(() => {
    lock.exec('begin exclusive')
    return true
  }, TAKE_TIMEOUT_MS)
  return async () => lock.close()
}

/** Retries of the driver while a broker has just started. */
const RETRY = { initialRetryTime: 100, factor: 0.2, multiplier: 2, maxRetryTime: 2_000, retries: 8 }

export function testKafka(brokers: string) {
  return kafkaClient('nowcast-test', { brokers: brokers.split(',') }, undefined, RETRY)
}

/** Deletes every topic and group. */
async function emptyKafka(brokers: string): Promise<void> {
  const admin = testKafka(brokers).admin()
  await admin.connect()
  try {
    const topics = (await admin.listTopics()).filter((topic) => !topic.startsWith('__'))
    if (topics.length > 0) await admin.deleteTopics({ topics })
    await eventually(async () => {
      const left = await admin.listTopics()
      return topics.every((topic) => !left.includes(topic))
    }, 30_000)
    await eventually(async () => {
      const { groups } = await admin.listGroups()
      const ids = groups.map(({ groupId }) => groupId)
      if (ids.length > 0) await admin.deleteGroups(ids)
      return true
    }, 30_000)
  } finally {
    await admin.disconnect()
  }
}

/** The databases that functions write: see `DATABASES` of the adapter. */
async function emptyMongo(uri: string): Promise<void> {
  const client = new MongoClient(uri)
  try {
    for (const name of ['mldb', 'modeldb']) await client.db(name).dropDatabase()
  } finally {
    await client.close()
  }
}
