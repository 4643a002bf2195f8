import { existsSync } from 'node:fs'
import path from 'node:path'
import { setInterval } from 'node:timers'

import { describeError } from '../../functions/lib/log.ts'
import type { Broker } from './broker/broker.ts'
import { embeddedBroker } from './broker/embedded-broker.ts'
import { startClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { consoleHandler } from './console/console.ts'
import type { Addressable } from './exchange.ts'
import type { Facts } from './facts.ts'
import { startGateway, startIngress } from './gateway.ts'
import { keepTime, TIME_KEPT_EVERY_MS } from './kept-time.ts'
import type { KeptTime } from './kept-time.ts'
import type { TopicSettings } from './log/event-log.ts'
import { openSqliteLog } from './log/sqlite-log.ts'
import type { SqliteLog } from './log/sqlite-log.ts'
import { ofKind } from './manifests/inventory.ts'
import type { Inventory } from './manifests/inventory.ts'
import { readManifests } from './manifests/read.ts'
import { onlyServices } from './only-services.ts'
import { openDestinations } from './parts/destinations.ts'
import type { Destinations } from './parts/destinations.ts'
import { openEnvironment } from './parts/environment.ts'
import { kafkaIngress } from './parts/kafka-ingress.ts'
import { kafkaSink } from './parts/kafka-sink.ts'
import { refuseSharedGroups, retireGroups } from './parts/kafka-source/group.ts'
import { startKafkaSource } from './parts/kafka-source/kafka-source.ts'
import { eventsRewriter, writeKafkaSecrets } from './parts/kafka.ts'
import { startDatabase } from './parts/mongodb.ts'
import type { DatabaseNeeds, RunningDatabase } from './parts/mongodb.ts'
import { startPingSource } from './parts/ping-source.ts'
import { createPorts } from './parts/service/ports.ts'
import { startService } from './parts/service/service.ts'
import type { RunningService } from './parts/service/service.ts'
import { openVault } from './parts/vault.ts'
import type { RunningSource, Parts } from './reload/apply.ts'
import { nameOf } from './reload/differences.ts'
import { startReload } from './reload/reload.ts'
import { openStateFolder } from './state-folder.ts'
import type { View } from './view.ts'

export interface PlatformOptions {
  /** The folder whose manifests run. */
  readonly folder: string
  /** Where state is kept, usually `<folder>/.nowcast`. */
  readonly stateFolder: string
  /** The gateway's port on loopback; 0 takes a free one. */
  readonly port: number
  /** Drops the state of an earlier run first. */
  readonly fresh: boolean
  /** Virtual seconds per second of the wall. */
  readonly speed: number
  /** The Services to run, by name, with the sources that send to them; undefined runs all. */
  readonly only?: readonly string[] | undefined
  /** Bootstrap servers of a real Kafka, `host:port`, to be used for the embedded log. */
  readonly kafka?: readonly string[] | undefined
  /** The address of a real MongoDB; undefined embeds a database. */
  readonly mongo?: string | undefined
  readonly facts: Facts
}

/** A running platform. */
export interface Platform {
  /** The gateway's port. */
  readonly port: number
  readonly view: View
  /** The pids of the processes that run functions now. */
  pids(): { readonly service: string; readonly pid: number }[]
  /** Stops every part in the reverse order of its start, within five seconds. */
  close(): Promise<void>
}

/** Virtual milliseconds between two clean-ups. */
const EXPIRED_EVERY_MS = 60_000

/**
 * Starts what the manifests of a folder declare. Rejects, with everything stopped again, when they are wrong, when the
 * state folder or the port is taken, or when a Secret that a Service needs is nowhere.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const stops: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).toReversed()) await stop()
  }
  try {
    return await start(options, (stop) => stops.push(stop), close)
  } catch (error) {
    await close()
    throw error
  }
}

async function start(
  { folder, stateFolder, port, fresh, speed, only, kafka, mongo, facts }: PlatformOptions,
  onClose: (stop: () => Promise<void> | void) => void,
  close: () => Promise<void>,
): Promise<Platform> {
  let declared = await readManifests(folder)
  const readInventory = (all: Inventory): Inventory => {
    const chosen = onlyServices(all, only)
    refuseSharedGroups(ofKind(chosen, 'KafkaSource'))
    return chosen
  }
  const inventory = readInventory(declared)

  const state = openStateFolder(stateFolder, { fresh })
  onClose(() => state.close())
  const topics = ofKind(inventory, 'KafkaTopic')
  const { log, clock } = openLog(state.path, speed, kafka === undefined ? topics : [])
  onClose(() => log.close())
  const time = keepTime(log, clock, { isAlone: kafka !== undefined })
  time.note()
  const broker =
    kafka === undefined
      ? embeddedBroker(log)
      : // Loaded here: a driver takes more memory than all that runs without it.
        await (
          await import('./broker/kafka/kafka-broker.ts')
        ).openKafkaBroker({ servers: kafka, topics, facts })
  onClose(() => broker.close())
  await retireGroups(ofKind(declared, 'KafkaSource'), broker, facts)

  // The operators: Secrets, databases, sinks.
  const vault = openVault({ stateFolder: state.path, inventory })
  writeKafkaSecrets(ofKind(inventory, 'Kafka'), ofKind(inventory, 'KafkaUser'), vault)
  const databases = await startDatabases(
    inventory,
    { mongo, stateFolder: state.path, clock, vault, facts },
    onClose,
  )
  const sinks = new Map<string, Addressable>()
  for (const sink of ofKind(inventory, 'KafkaSink')) {
    sinks.set(`${sink.namespace}/${sink.name}`, kafkaSink(sink, { broker, facts }))
  }
  onClose(keepHouse(state.path, log, time, clock, databases, facts))

  // Where it is reached: the gateway knows its Services before they run, so that requests wait for them.
  const services = new Map<string, RunningService>()
  const sources = new Map<string, RunningSource>()
  const view: View = {
    clock,
    broker,
    stores: databases[0]?.stores,
    services: () => [...services.values()].map((service) => service.status()),
    sources: () => Promise.all([...sources.values()].map(async (source) => source.status())),
  }
  const ingress = kafkaIngress(sinks)
  const ingressServer = await startIngress(ingress)
  onClose(() => ingressServer.close())
  const gateway = await startGateway({
    port,
    routes: {
      service: (namespace, name) => services.get(`${namespace}/${name}`),
      ingress: () => (sinks.size === 0 ? undefined : ingress),
      console: consoleHandler(view, facts),
      hosts: () => hostsOf(services, sinks.size > 0),
    },
  })
  onClose(() => gateway.close())

  onClose(() => closeAll([...services.values()]))
  const serviceNeeds = {
    folder: inventory.folder,
    facts,
    clock,
    ports: createPorts(),
    gatewayPort: gateway.port,
    compileCache: path.join(state.path, 'compiled'),
    environment: openEnvironment({
      vault,
      stateFolder: state.path,
      rewrite: eventsRewriter(ofKind(inventory, 'Kafka'), ingressServer.port, kafka),
    }),
  }
  for (const manifest of ofKind(inventory, 'Service')) {
    const key = `${manifest.namespace}/${manifest.name}`
    services.set(key, await startService(manifest, serviceNeeds))
  }

  // Last of all, who wakes whom.
  const destinations = openDestinations(services, sinks)
  onClose(() => destinations.close())
  onClose(() => closeAll([...sources.values()]))
  const startSource = sourceStarter({ broker, time, clock, facts, destinations })
  for (const manifest of [
    ...ofKind(inventory, 'KafkaSource'),
    ...ofKind(inventory, 'PingSource'),
  ]) {
    sources.set(nameOf(manifest), startSource(manifest))
  }

  const reload = await startReload({
    inventory,
    async read() {
      declared = await readManifests(folder)
      return readInventory(declared)
    },
    parts: {
      services,
      startService: (manifest) => startService(manifest, serviceNeeds),
      sources,
      startSource,
      sinks,
      makeSink: (manifest) => kafkaSink(manifest, { broker, facts }),
      putTopic: kafka === undefined ? (settings) => log.createTopic(settings) : undefined,
      put: (...object) => vault.put(...object),
    },
    onApplied: () => retireGroups(ofKind(declared, 'KafkaSource'), broker, facts),
    facts,
  })
  onClose(() => reload.close())

  return {
    port: gateway.port,
    view,
    pids: () =>
      [...services.values()].flatMap((service) =>
        service.pids().map((pid) => ({ service: service.status().name, pid })),
      ),
    close,
  }
}

/**
 * The log, and the clock, which goes on where the log has last seen it. Beside a real Kafka it has no topics and only
 * remembers the time, so that changing from one to the other does not turn it back.
 */
function openLog(
  stateFolder: string,
  speed: number,
  topics: readonly TopicSettings[],
): { log: SqliteLog; clock: Clock } {
  const log = openSqliteLog(path.join(stateFolder, 'log.db'), () => clock.now())
  const clock = startClock({ speed, notBefore: log.savedTime() ?? 0 })
  try {
    for (const topic of topics) log.createTopic(topic)
    return { log, clock }
  } catch (error) {
    log.close()
    throw error
  }
}

async function startDatabases(
  inventory: Inventory,
  {
    mongo,
    stateFolder,
    clock,
    vault,
    facts,
  }: DatabaseNeeds & { mongo: string | undefined; facts: Facts },
  onClose: (stop: () => Promise<void> | void) => void,
): Promise<RunningDatabase[]> {
  const databases: RunningDatabase[] = []
  for (const manifest of ofKind(inventory, 'MongoDBCommunity')) {
    const database =
      mongo === undefined
        ? await startDatabase(manifest, { stateFolder, clock, vault })
        : await (
            await import('./parts/mongodb-server.ts')
          ).startDatabaseServer(manifest, { uri: mongo, vault, facts })
    onClose(() => database.close())
    databases.push(database)
  }
  return databases
}

/** Notes the time, for the stores and for the next start, and deletes what has been kept for its time. */
function keepHouse(
  stateFolder: string,
  log: SqliteLog,
  time: KeptTime,
  clock: Clock,
  databases: readonly RunningDatabase[],
  facts: Facts,
): () => Promise<void> {
  let expiredAt = clock.now()
  let hasFailed = false
  async function turn(note: () => void): Promise<void> {
    try {
      if (!existsSync(stateFolder)) throw new Error(`${stateFolder} is gone: stop, and start again`)
      note()
      for (const database of databases) await database.keepTime()
      if (clock.now() - expiredAt >= EXPIRED_EVERY_MS) {
        expiredAt = clock.now()
        log.expire()
        for (const database of databases) await database.expire()
      }
      hasFailed = false
    } catch (error) {
      if (!hasFailed) facts('error', 'platform', `cannot keep its state: ${describeError(error)}`)
      hasFailed = true
    }
  }
  let last = Promise.resolve()
  const timer = setInterval(() => {
    last = turn(() => time.note())
  }, TIME_KEPT_EVERY_MS)
  return async () => {
    clearInterval(timer)
    await last
    await turn(() => time.end())
  }
}

function sourceStarter({
  broker,
  time,
  clock,
  facts,
  destinations: { resolve },
}: {
  broker: Broker
  time: KeptTime
  clock: Clock
  facts: Facts
  destinations: Destinations
}): Parts['startSource'] {
  return (source) =>
    source.kind === 'KafkaSource'
      ? startKafkaSource(source, { broker, clock, facts, resolve })
      : startPingSource(source, { clock, facts, resolve, beforeTick: (tick) => time.note(tick) })
}

async function closeAll(parts: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(parts.map((part) => part.close()))
}

function hostsOf(services: ReadonlyMap<string, RunningService>, hasSinks: boolean): string[] {
  const hosts = [...services.keys()].map((key) => {
    const [namespace, name] = key.split('/')
    return `${name}.${namespace}.localhost`
  })
  return hasSinks ? [...hosts, 'kafka-sink-ingress.knative-eventing.localhost'] : hosts
}
