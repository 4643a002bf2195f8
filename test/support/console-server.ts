import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { connectDatabase } from '../../functions/lib/connect.ts'
import type { Database } from '../../functions/lib/connect.ts'
import type { Score } from '../../functions/lib/events.ts'
import { embeddedBroker } from '../../platform/local/broker/embedded-broker.ts'
import { startClock } from '../../platform/local/clock.ts'
import { consoleHandler } from '../../platform/local/console/console.ts'
import { openSqliteLog } from '../../platform/local/log/sqlite-log.ts'
import type { SqliteLog } from '../../platform/local/log/sqlite-log.ts'
import type { ServiceStatus, SourceStatus, View } from '../../platform/local/view.ts'

/** The console of a platform without functions: a log and stores in a folder of their own, behind a port. */
export interface ConsoleServer {
  readonly port: number
  readonly url: string
  readonly log: SqliteLog
  readonly database: Database
  readonly view: View
  /** What the platform says of its parts from now on. */
  services: ServiceStatus[]
  sources: SourceStatus[]
  close(): Promise<void>
}

const TOPICS = ['mltest', 'mlscore']

/** Starts a console; its folder declares a database unless it is told otherwise. */
export async function startConsoleServer({
  withStores = true,
}: { withStores?: boolean } = {}): Promise<ConsoleServer> {
  const folder = await mkdtemp(join(tmpdir(), 'nowcast-'))
  const clock = startClock({ speed: 20, notBefore: 0 })
  const log = openSqliteLog(join(folder, 'log.db'), () => clock.now())
  for (const topic of TOPICS) {
    log.createTopic({ topic, partitions: 3, retentionMs: undefined, maxMessageBytes: 1_000_000 })
  }
  const database = await connectDatabase(`sqlite:${join(folder, 'store.db')}`)
  const view: View = {
    clock,
    broker: embeddedBroker(log),
    stores: withStores ? database : undefined,
    services: () => started.services,
    sources: async () => started.sources,
  }
  const server = createServer(consoleHandler(view, () => {}))
  const port = await listenOnFreePort(server)
  const started: ConsoleServer = {
    port,
    url: `http://127.0.0.1:${port}`,
    log,
    database,
    view,
    services: [],
    sources: [],
    async close() {
      await closeServer(server)
      await database.close()
      log.close()
      await rm(folder, { recursive: true })
    },
  }
  return started
}

export async function listenOnFreePort(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  return address.port
}

export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

/** A service as a platform describes it. */
export function service(
  name: string,
  state: ServiceStatus['state'] = 'ready',
  restarts = 0,
): ServiceStatus {
  return {
    name,
    namespace: 'nowcast',
    revision: `${name}-00001`,
    state,
    instances: 1,
    desired: 1,
    isPanicking: false,
    isProxied: true,
    inFlight: 0,
    queued: 0,
    restarts,
    url: `http://${name}.nowcast.localhost:8080`,
  }
}

/** A source as a platform describes it. */
export function source(name: string, rest: Partial<SourceStatus> = {}): SourceStatus {
  return {
    kind: 'PingSource',
    name,
    namespace: 'nowcast',
    delivered: 0,
    retried: 0,
    deadLettered: 0,
    dropped: 0,
    ...rest,
  }
}

/** A score that counts, of model m on series s. */
export function score(timestamp: string, error: number, rest: Partial<Score> = {}): Score {
  return {
    series: 's',
    timestamp,
    model: 'm',
    version: 0,
    horizon: 0,
    origin: timestamp,
    error,
    ypred_: 0,
    ytrue_: error,
    lower: null,
    upper: null,
    level: null,
    late: false,
    ...rest,
  }
}
