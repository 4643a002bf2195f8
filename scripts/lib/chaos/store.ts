import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

import { CommandFailure } from '../failure.ts'
import { layLink } from './cuttable-link.ts'

/** The store of a run, which can be slow and away. */
export interface ChaosStore {
  /** Its address, read when no platform runs in its way. */
  readonly url: string
  /** What the platform is started with. */
  readonly args: readonly string[]
  /** Writers wait for so many milliseconds. */
  slow(ms: number): Promise<void>
  /** Nobody can write, or reach it at all, for so many milliseconds. */
  away(ms: number): Promise<void>
  close(): Promise<void>
}

/** The embedded store of a folder. Slow or away: a lock from outside, which its writers wait for ten seconds. */
export function embeddedStore(folder: string): ChaosStore {
  // Named by namespace and MongoDBCommunity: those of this project's manifests, which chaos copies.
  const file = join(folder, '.nowcast', 'nowcast.rs0.db')
  async function lock(ms: number): Promise<void> {
    // Opened as it is asked for below, a wrong name would make a database that nobody uses.
    if (!existsSync(file)) throw new Error(`there is no store ${file}: has its name changed?`)
    const database = new DatabaseSync(file, { timeout: 10_000 })
    try {
      database.exec('begin immediate')
      await pause(ms)
      database.exec('rollback')
    } finally {
      database.close()
    }
  }
  return { url: `sqlite:${file}`, args: [], slow: lock, away: lock, close: async () => undefined }
}

/** The port of a MongoDB that a link can be laid to. Fails, saying so, when that is on another machine. */
export function mongoPort(uri: string): number {
  const { hostname, port } = URL.canParse(uri) ? new URL(uri) : { hostname: '', port: '' }
  if (hostname === '127.0.0.1' || hostname === 'localhost') return Number(port || '27017')
  throw new CommandFailure(
    '--mongo must be mongodb://127.0.0.1:<port>/…, on this machine: chaos lays a link to it that can be cut',
    2,
  )
}

/** A MongoDB behind a link of our own. Slow: what is sent waits; away: the link is cut. */
export async function serverStore(uri: string): Promise<ChaosStore> {
  const link = await layLink(mongoPort(uri))
  const { username, password, searchParams } = new URL(uri)
  // Named as a member of its set the server would be asked at its own address, past the link.
  searchParams.delete('replicaSet')
  searchParams.set('directConnection', 'true')
  const login = username === '' ? '' : `${username}:${password}@`
  const linked = `mongodb://${login}127.0.0.1:${link.port}/?${searchParams.toString()}`
  return {
    url: uri,
    args: ['--mongo', linked],
    async slow(ms) {
      link.hold()
      await pause(ms)
      link.flow()
    },
    async away(ms) {
      await link.cut()
      await pause(ms)
      await link.mend()
    },
    async close() {
      link.flow()
      await link.cut()
    },
  }
}
