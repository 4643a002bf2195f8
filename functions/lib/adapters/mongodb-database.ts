import { readFileSync } from 'node:fs'
import { MongoClient } from 'mongodb'
import type { Collection, MongoClientOptions } from 'mongodb'

import { RetryableError } from '../errors.ts'
import { explained, UnusableDatabaseError } from './mongodb-errors.ts'
import type { Login } from './mongodb-errors.ts'
import { ensureIndexes } from './mongodb-indexes.ts'
import type { IndexedCollection } from './mongodb-indexes.ts'

/** A MongoDB, reached when somebody first asks for something, and again after it was away. */
export interface MongoDatabase {
  readonly client: MongoClient
  readonly names: DatabaseNames
  collection(name: CollectionName): Collection
  /**
   * Runs reads and writes, once the indexes are as they must be. Rejects with a `RetryableError` when the server cannot
   * be used now, and also when it will not serve as it is set up: that is no fault of the event, and somebody may mend
   * it meanwhile. Every wait in it is bounded; 40 s is the longest.
   */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when the server serves or is away. Rejects when it is there and will not serve as it is set up. */
  verify(): Promise<void>
  close(): Promise<void>
}

/** The databases, named as in the seed system. */
export interface DatabaseNames {
  readonly data: string
  readonly models: string
}

type CollectionName =
  'ts' | 'scores' | 'forecasts' | 'states' | 'dead' | 'models.files' | 'models.chunks'

export interface MongoOptions {
  /** A file with the authority that signed the server's certificate. Used where the address asks for TLS. */
  readonly caFile?: string | undefined
  readonly names?: DatabaseNames
}

const NAMES: DatabaseNames = { data: 'mldb', models: 'modeldb' }

/**
 * What is acknowledged is on a majority, and what is read is, too. The bounds keep every call far below the 60 s that a
 * KafkaSource waits: five seconds for a server, fifteen for an answer, and the driver tries once more.
 */
const OPTIONS: MongoClientOptions = {
  appName: 'nowcast',
  writeConcern: { w: 'majority', wtimeoutMS: 10_000 },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  ignoreUndefined: true,
  maxPoolSize: 10,
  maxIdleTimeMS: 60_000,
  waitQueueTimeoutMS: 10_000,
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  socketTimeoutMS: 15_000,
}

const DAY = 24 * 3_600
const keptForDays = (days: number) =>
  ({ name: 'expiry', key: [['storedAt', 1]], expireAfterSeconds: days * DAY }) as const

/** Expiry counts from `storedAt`, which the server sets: it is real time, whatever clock a platform runs on. */
const COLLECTIONS: Readonly<Record<CollectionName, IndexedCollection>> = {
  ts: {
    database: 'data',
    indexes: [
      {
        name: 'row',
        key: [
          ['series', 1],
          ['timestamp', 1],
        ],
        unique: true,
      },
      {
        name: 'complete',
        key: [
          ['series', 1],
          ['timestamp', -1],
        ],
        partialFilterExpression: { target: { $exists: true }, features: { $exists: true } },
      },
      keptForDays(7),
    ],
  },
  scores: {
    database: 'data',
    indexes: [
      {
        name: 'row',
        key: [
          ['series', 1],
          ['timestamp', 1],
        ],
        unique: true,
      },
      keptForDays(7),
    ],
  },
  forecasts: {
    database: 'data',
    indexes: [
      {
        name: 'forecast',
        key: [
          ['series', 1],
          ['origin', 1],
          ['model', 1],
        ],
        unique: true,
      },
      {
        name: 'last',
        key: [
          ['series', 1],
          ['last', 1],
        ],
      },
      keptForDays(7),
    ],
  },
  states: { database: 'data', indexes: [] },
  dead: { database: 'data', indexes: [keptForDays(30)] },
  'models.files': {
    database: 'models',
    indexes: [
      // As every driver makes it for a bucket.
      {
        name: 'filename_1_uploadDate_1',
        key: [
          ['filename', 1],
          ['uploadDate', 1],
        ],
      },
      {
        name: 'version',
        key: [
          ['metadata.model_name', 1],
          ['metadata.version', -1],
        ],
        unique: true,
        partialFilterExpression: { 'metadata.version': { $exists: true } },
      },
      {
        name: 'trigger',
        key: [
          ['metadata.model_name', 1],
          ['metadata.trigger', 1],
        ],
        unique: true,
        partialFilterExpression: { 'metadata.trigger': { $exists: true } },
      },
    ],
  },
  'models.chunks': {
    database: 'models',
    indexes: [
      {
        name: 'files_id_1_n_1',
        key: [
          ['files_id', 1],
          ['n', 1],
        ],
        unique: true,
      },
    ],
  },
}

/** Opens a MongoDB without waiting for it. Throws when the address or the file of the authority cannot be read. */
export function openMongo(
  url: string,
  { caFile, names = NAMES }: MongoOptions = {},
): MongoDatabase {
  const client = newClient(url, caFile)
  const login = loginOf(client)
  const collections = Object.entries(COLLECTIONS).map(([name, { database, indexes }]) => ({
    collection: client.db(names[database]).collection(name),
    indexes,
  }))
  const state: { ready: Promise<void> | undefined } = { ready: undefined }

  async function connected(): Promise<void> {
    await client.connect()
    await Promise.all(collections.map(ensureIndexes))
  }

  async function checked(): Promise<void> {
    state.ready ??= connected()
    try {
      await state.ready
    } catch (error) {
      state.ready = undefined
      throw explained(error, login)
    }
  }

  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    await checked()
    try {
      return await work()
    } catch (error) {
      const meaning = explained(error, login)
      // What comes back may be another server, or an emptied one: the indexes are looked at again.
      if (meaning instanceof RetryableError) state.ready = undefined
      throw meaning
    }
  }

  return {
    client,
    names,
    collection: (name) => client.db(names[COLLECTIONS[name].database]).collection(name),
    async run(work) {
      try {
        return await attempt(work)
      } catch (error) {
        if (!(error instanceof UnusableDatabaseError)) throw error
        throw new RetryableError('the database will not serve as it is set up', { cause: error })
      }
    },
    async verify() {
      try {
        await checked()
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error
      }
    },
    close: () => client.close(),
  }
}

function newClient(url: string, caFile: string | undefined): MongoClient {
  const client = clientOf(url, OPTIONS)
  const { tls, tlsCAFile } = client.options
  if (!tls || tlsCAFile !== undefined || caFile === undefined) return client
  return clientOf(url, { ...OPTIONS, ca: certificates(caFile) })
}

function clientOf(url: string, options: MongoClientOptions): MongoClient {
  try {
    return new MongoClient(url, options)
  } catch {
    // The driver's sentence can quote the address, and this one is not even readable: nothing of it is passed on.
    throw new UnusableDatabaseError(
      "MongoDB's driver cannot read the address: write mongodb://<host>:<port>/?<options>, user and password before the host and percent-encoded, and only options that the driver knows",
    )
  }
}

function certificates(file: string): string {
  const text = readFileSync(file, 'utf8')
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new Error(
    `DATABASE_CA names ${file}, which holds no certificate: name the authority's, or end the address with tlsCAFile=<path>`,
  )
}

function loginOf({ options }: MongoClient): Login {
  const password = options.credentials?.password ?? ''
  return {
    hosts: options.srvHost ?? options.hosts.map((host) => host.toString()).join(','),
    secrets: password === '' ? [] : [password, encodeURIComponent(password)],
  }
}
