import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { NewRecord } from '../../../platform/local/log/event-log.ts'
import { openSqliteLog } from '../../../platform/local/log/sqlite-log.ts'
import type { SqliteLog } from '../../../platform/local/log/sqlite-log.ts'
import { ofKind } from '../../../platform/local/manifests/inventory.ts'
import { readManifests } from '../../../platform/local/manifests/read.ts'
import { openStateFolder } from '../../../platform/local/state-folder.ts'
import { plainRequest } from '../../support/plain-request.ts'
import { startRunningPlatform } from '../../support/running-platform.ts'
import type { RunningPlatform } from '../../support/running-platform.ts'
import type { Answer, Deployment, DeployOptions, Request, Subject } from './subject.ts'

const FUNCTIONS = fileURLToPath(new URL('functions', import.meta.url))
/** Of documents that name none. */
const NAMESPACE = 'default'

/** `nowcast start` as a process of its own, on a folder and a port of its own. */
export const local: Subject = {
  name: 'the local platform',
  traits: { isLaptop: true },
  deploy,
}

async function deploy(
  manifests: string,
  { speed = 1, records = [] }: DeployOptions = {},
): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'nowcast-contract-'))
  const removeFolder = () => rm(folder, { recursive: true, force: true, maxRetries: 5 })
  const start = () => startRunningPlatform(folder, ['--speed', String(speed), '--verbose'])
  const writeManifests = (text: string) =>
    writeFile(join(folder, 'functions', 'manifests.yaml'), text)
  let platform: RunningPlatform
  try {
    await cp(FUNCTIONS, join(folder, 'functions'), { recursive: true })
    await writeManifests(manifests)
    await append(folder, records)
    platform = await start()
  } catch (error) {
    await removeFolder()
    throw error
  }

  return {
    namespace: NAMESPACE,
    request: (service, request) => ask(platform.port, service, request),
    change: writeManifests,
    async instances(service) {
      const { services } = await platform.status()
      const found = services.find(({ name }) => name === service)
      if (found === undefined) throw new Error(`there is no Service ${service}`)
      return found.instances
    },
    laptop: {
      folder,
      platform: () => platform,
      async restart(change = {}) {
        await (change.isKilled === true ? platform.kill() : platform.stop())
        if (change.manifests !== undefined) {
          await writeManifests(change.manifests)
        }
        await append(folder, change.records ?? [])
        platform = await start()
      },
      async read(topic) {
        await platform.stop()
        return withLog(folder, async (log) =>
          log
            .ranges(topic)
            .flatMap(({ partition, start: first, end }) => log.read(topic, partition, first, end)),
        )
      },
    },
    async remove() {
      await platform.stop()
      await removeFolder()
    },
  }
}

/** Writes records as another program would that has no sink: plain ones, broken ones, with keys of any kind. */
async function append(folder: string, records: readonly NewRecord[]): Promise<void> {
  if (records.length === 0) return
  const inventory = await readManifests(folder)
  await withLog(folder, async (log) => {
    for (const declared of ofKind(inventory, 'KafkaTopic')) log.createTopic(declared)
    await log.append(records)
  })
}

/** Opens the log of a platform that does not run. */
async function withLog<T>(folder: string, use: (log: SqliteLog) => Promise<T>): Promise<T> {
  const state = openStateFolder(join(folder, '.nowcast'), { fresh: false })
  const log = openSqliteLog(join(state.path, 'log.db'), Date.now)
  try {
    return await use(log)
  } finally {
    log.close()
    state.close()
  }
}

async function ask(port: number, service: string, request: Request = {}): Promise<Answer> {
  const { method = 'GET', path = '/', headers = {}, body = '' } = request
  const host = `${service}.${NAMESPACE}.localhost`
  const answer = await plainRequest(port, { host, method, path, headers }, Buffer.from(body))
  return {
    status: answer.status ?? 0,
    headers: Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: answer.text,
  }
}
