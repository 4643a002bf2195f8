// What may befall a platform on a laptop: a full disk, a folder that is read-only, damaged files, a clock set back.
// A port that is taken and a second platform in one folder are in `test/scripts/start.test.ts`.
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { eventually } from './support/eventually.ts'
import { startRunningPlatform } from './support/running-platform.ts'
import type { RunningPlatform } from './support/running-platform.ts'

const MANIFESTS = `
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: { name: orders, namespace: nowcast, labels: { strimzi.io/cluster: shop } }
spec: { partitions: 1, replicas: 1 }
---
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: { name: orders, namespace: nowcast }
spec: { topic: orders, bootstrapServers: ['shop-kafka-bootstrap.nowcast.svc:9092'] }
---
apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata: { name: shop, namespace: nowcast }
spec: { kafka: { listeners: [{ name: plain, port: 9092, type: internal, tls: false }] } }
---
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: { name: beat, namespace: nowcast }
spec:
  schedule: '* * * * * *'
  contentType: application/json
  data: '{}'
  sink: { ref: { apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: orders } }
`

const CLI = fileURLToPath(new URL('../scripts/nowcast.ts', import.meta.url))
const DEADLINE_MS = 60_000
/** A start that hangs is a failure of its own. */
const START_MS = 30_000

let folder: string
let platforms: RunningPlatform[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nowcast-mishap-'))
  platforms = []
  await writeFile(join(folder, 'shop.yaml'), MANIFESTS)
})
afterEach(async () => {
  await Promise.all(platforms.map((platform) => platform.stop()))
  await chmod(folder, 0o755)
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

async function started(...args: string[]): Promise<RunningPlatform> {
  const platform = await startRunningPlatform(folder, args)
  platforms.push(platform)
  return platform
}

const order = (id: string, bytes = 10) => ({ id, type: 'order', data: 'x'.repeat(bytes) })
const newestOf = async (platform: RunningPlatform) => {
  const { topics } = await platform.status()
  return topics.find(({ topic }) => topic === 'orders')?.newest ?? 0
}

/** Starts a platform that must refuse to, through a shell that may set limits before. */
function refusal(shell = 'exec "$0" "$@"'): { status: number | null; stderr: string } {
  const command = ['-c', shell, process.execPath, CLI, 'start', folder, '--port', '0']
  const { status, stderr } = spawnSync('sh', command, { encoding: 'utf8', timeout: START_MS })
  return { status, stderr }
}

describe('a disk that is full', () => {
  it(
    'while events come: they are refused with the reason, it is said once, and none that was taken is lost',
    async () => {
      const small = await started('--log-quota', '200kB')
      let taken = 0
      while ((await small.publish('orders', order(`${taken}`, 5_000))) === 202) taken += 1
      expect(taken).toBeGreaterThan(5)
      for (let time = 0; time < 5; time += 1) {
        expect(await small.publish('orders', order('again', 5_000))).toBe(503)
      }
      const said = small.facts.filter(
        ({ who, level }) => who.startsWith('KafkaSink') && level !== 'debug',
      )
      expect(said.map(({ fact }) => fact)).toEqual([
        expect.stringMatching(/could not write: .*quota of 204800 bytes.*raise --log-quota/),
      ])
      expect(await small.stop()).toBe(0)

      const roomy = await started()
      const ids = (await roomy.records('orders', 1_000)).map(({ id }) => id)
      const orders = ids.filter((id) => /^\d+$/.test(id))
      expect(orders).toEqual(Array.from({ length: taken }, (_, index) => `${index}`))
      expect(await roomy.publish('orders', order('more'))).toBe(202)
    },
    DEADLINE_MS,
  )

  it(
    'at the start: it says so and ends',
    () => {
      // The shell's limit on file sizes, in blocks of 512 bytes, stands in for a full disk.
      const { status, stderr } = refusal('ulimit -f 8; exec "$0" "$@"')
      expect(status).toBe(1)
      expect(stderr).toMatch(/^Nowcast cannot start:\n.*disk.*(?:make room|free some space)/s)
    },
    DEADLINE_MS,
  )
})

describe('a folder that is read-only', () => {
  const isRoot = process.getuid?.() === 0
  // Root may write everywhere unless that right is taken from it.
  const drop = 'setpriv --bounding-set=-dac_override,-dac_read_search'
  const canDrop = !isRoot || spawnSync('sh', ['-c', `${drop} true`]).status === 0
  const test = canDrop ? it : it.skip

  test(
    `says so and ends${canDrop ? '' : ' (not tested: root, and no setpriv to take its rights)'}`,
    async () => {
      await chmod(folder, 0o555)
      const { status, stderr } = refusal(`exec ${isRoot ? drop : ''} "$0" "$@"`)
      expect(status).toBe(1)
      expect(stderr).toMatch(/^Nowcast cannot start:\ncannot write to the state folder .*read-only/)
    },
    DEADLINE_MS,
  )
})

describe('a damaged file', () => {
  it(
    'of the log: it is named with the way out, left as it is, and dropped by --fresh',
    async () => {
      await (await started()).stop()
      const file = join(folder, '.nowcast', 'log.db')
      const damaged = Buffer.alloc(16_384, 'no log')
      await writeFile(file, damaged)
      const { status, stderr } = refusal()
      expect(status).toBe(1)
      expect(stderr).toMatch(/^Nowcast cannot start:\nevent log .*log\.db: it is damaged.*--fresh/)
      expect((await readFile(file)).equals(damaged)).toBe(true)

      const fresh = await started('--fresh')
      expect(await fresh.publish('orders', order('new'))).toBe(202)
    },
    DEADLINE_MS,
  )
})

describe('a clock that is set back an hour', () => {
  const HOUR_MS = 3_600_000
  const BACK = `--import=data:text/javascript,const{now}=Date;Date.now=()=>now()-${HOUR_MS}`

  it(
    'between two runs: time and ticks go on from where they were',
    async () => {
      const before = await started()
      await eventually(async () => (await newestOf(before)) >= 2, 20_000)
      const { time } = await before.status()
      const ticks = (await before.records('orders', 100)).map((tick) => String(tick['time']))
      await before.stop()

      process.env['NODE_OPTIONS'] = BACK
      try {
        const after = await started()
        expect((await after.status()).time >= time).toBe(true)
        await eventually(async () => (await newestOf(after)) >= ticks.length + 2, 20_000)
        const all = (await after.records('orders', 100)).map((tick) => String(tick['time']))
        expect(all.slice(0, ticks.length)).toEqual(ticks)
        expect(all).toEqual([...new Set(all)].toSorted())
      } finally {
        delete process.env['NODE_OPTIONS']
      }
    },
    DEADLINE_MS,
  )
})
