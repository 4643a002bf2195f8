import { setTimeout as pause } from 'node:timers/promises'
import type { Admin } from 'kafkajs'

import { CommandFailure } from '../failure.ts'

/** Servers that stand for the embedded log and store. */
export interface Servers {
  readonly kafka?: readonly string[]
  readonly mongo?: string
}

/** What a run makes there: the manifests' topics and groups, and the functions' databases. */
export const TOPICS = ['mltest', 'mlrows', 'mlscore', 'mlmodel', 'mldead']
export const GROUPS = [
  'persist',
  'predict',
  'score',
  'evaluate',
  'train-rows',
  'train-models',
  'dead-letters',
]
const DATABASES = ['mldb', 'modeldb']

const RETRY = { initialRetryTime: 100, factor: 0.2, multiplier: 2, maxRetryTime: 2_000, retries: 8 }
const ANSWER_MS = 5_000
const GONE_MS = 30_000

/**
 * Deletes what an earlier run has left. Without `wipe` it fails when there is something: it may be somebody's.
 */
export async function emptyServers(
  { kafka, mongo }: Servers,
  { wipe }: { readonly wipe: boolean },
): Promise<void> {
  if (kafka !== undefined) await emptyKafka(kafka, wipe)
  if (mongo !== undefined) await emptyMongo(mongo, wipe)
}

async function emptyKafka(servers: readonly string[], wipe: boolean): Promise<void> {
  // Loaded here: most runs need no driver.
  const { kafkaClient } = await import('../../../functions/lib/adapters/kafka-client.ts')
  const admin = kafkaClient('nowcast-chaos', { brokers: servers }, undefined, RETRY).admin()
  await admin.connect()
  try {
    const found = await left(admin)
    if (found.length === 0) return
    if (!wipe) throw taken(`the Kafka holds topic ${found.join(', ')}`)
    await admin.deleteTopics({ topics: found })
    const end = performance.now() + GONE_MS
    while ((await left(admin)).length > 0 && performance.now() < end) await pause(100)
    const { groups } = await admin.listGroups()
    const own = groups.map(({ groupId }) => groupId).filter((group) => GROUPS.includes(group))
    if (own.length > 0) await admin.deleteGroups(own)
  } finally {
    await admin.disconnect()
  }
}

async function left(admin: Admin): Promise<string[]> {
  return (await admin.listTopics()).filter((topic) => TOPICS.includes(topic))
}

async function emptyMongo(uri: string, wipe: boolean): Promise<void> {
  const { MongoClient } = await import('mongodb')
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: ANSWER_MS })
  try {
    const { databases } = await client.db().admin().listDatabases({ nameOnly: true })
    const found = databases.map(({ name }) => name).filter((name) => DATABASES.includes(name))
    if (found.length === 0) return
    if (!wipe) throw taken(`the MongoDB holds database ${found.join(', ')}`)
    for (const name of found) await client.db(name).dropDatabase()
  } finally {
    await client.close()
  }
}

function taken(what: string): CommandFailure {
  return new CommandFailure(
    `${what}: chaos deletes those it uses, so give it servers that are there for tests, and --wipe if nobody needs them`,
    2,
  )
}
