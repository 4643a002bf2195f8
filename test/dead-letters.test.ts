import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { backends, TAKE_DEADLINE_MS } from './support/backends.ts'
import type { TakenBackend } from './support/backends.ts'
import { nowcast } from './support/cli.ts'
import { eventually } from './support/eventually.ts'
import { makeFlowFolder } from './support/flow-folder.ts'
import type { FlowFolder } from './support/flow-folder.ts'
import { startRunningPlatform } from './support/running-platform.ts'
import type { RunningPlatform } from './support/running-platform.ts'

/** Stores the id of each order in a line, but refuses those of poison until a file `mended` is there. */
const KEEPER = `
import { appendFileSync, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
createServer(async (request, response) => {
  const order = JSON.parse(await text(request))
  if (order.poison && !existsSync('mended')) {
    response.writeHead(422).end(JSON.stringify({ detail: 'this order is poison', code: 'poison' }))
  } else {
    appendFileSync('orders.txt', request.headers['ce-id'] + '\\n')
    response.writeHead(204).end()
  }
}).listen(Number(process.env.PORT), '127.0.0.1')
`
const MANIFESTS = `
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: keeper, namespace: nowcast }
spec: { template: { spec: { containers: [{ command: [node, functions/keeper/index.mjs] }] } } }
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: { name: orders, namespace: nowcast, labels: { strimzi.io/cluster: nowcast } }
spec: { partitions: 1 }
---
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: { name: orders, namespace: nowcast }
spec: { topic: orders, bootstrapServers: [nowcast-kafka-bootstrap.nowcast.svc:9093] }
---
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: { name: keeper, namespace: nowcast }
spec:
  bootstrapServers: [nowcast-kafka-bootstrap.nowcast.svc:9093]
  topics: [orders]
  consumerGroup: keeper
  initialOffset: earliest
  delivery:
    retry: 3
    deadLetterSink:
      ref: { apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: mldead }
  sink: { ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: keeper } }
`
const SLOW_MS = 60_000

const letters = z.array(
  z.looseObject({ id: z.string(), eventId: z.string(), code: z.string(), reason: z.string() }),
)

describe.each(backends)('dead letters on $name', (backend) => {
  if (backend.skipped !== undefined) {
    it.skip(`are not tested: ${backend.skipped}`, () => undefined)
    return
  }
  let taken: TakenBackend
  let folder: FlowFolder
  let platform: RunningPlatform
  beforeAll(async () => {
    taken = await backend.take()
    folder = await makeFlowFolder({
      without: ['simulate.yaml', 'train.yaml'],
      models: ['ridgecv'],
    })
    await mkdir(join(folder.path, 'functions/keeper'))
    await writeFile(join(folder.path, 'functions/keeper/index.mjs'), KEEPER)
    await writeFile(join(folder.path, 'functions/keeper/service.yaml'), MANIFESTS)
    platform = await startRunningPlatform(folder.path, backend.args)
  }, TAKE_DEADLINE_MS)
  afterAll(async () => {
    await platform.stop()
    await folder.remove()
    await taken.release()
  })

  const dead = (...args: string[]) => nowcast(['dead', ...args, '--port', String(platform.port)])
  const listed = async () => letters.parse(JSON.parse((await dead('list', '--json')).stdout))
  const orders = async () => {
    const file = join(folder.path, 'orders.txt')
    return existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n') : []
  }

  it(
    'a poisoned event is listed with its reason, stored exactly once when it is sent again to the mended function, and never twice',
    async () => {
      const type = 'com.example.order'
      await platform.publish('orders', { id: 'good', type, data: { n: 1 } })
      await platform.publish('orders', {
        id: 'bad',
        type,
        subject: 'é',
        data: { n: 2, poison: true },
      })
      const [letter] = await eventually(async () => {
        const found = await listed()
        return found.length > 0 && found
      }, SLOW_MS)
      expect(letter).toMatchObject({
        eventId: 'bad',
        code: 'poison',
        reason: 'this order is poison',
        status: 422,
        attempts: 1,
        destination: 'http://keeper.nowcast.svc.cluster.local',
        data: { n: 2, poison: true },
      })
      const id = letter?.id ?? ''
      const early = await dead('redrive', id)
      expect([early.code, early.stdout]).toEqual([
        1,
        `${id}  is refused again: http://keeper.nowcast.svc.cluster.local answered 422: this order is poison\n`,
      ])
      expect(await orders()).toEqual(['good'])

      await writeFile(join(folder.path, 'mended'), '')
      expect(await dead('redrive', '--all', '--reason', 'poison')).toEqual({
        code: 0,
        stdout: `${id}  was sent again: http://keeper.nowcast.svc.cluster.local answered 204\n`,
        stderr: '',
      })
      expect(await orders()).toEqual(['good', 'bad'])
      const again = await dead('redrive', id)
      expect([again.code, again.stdout]).toEqual([
        0,
        expect.stringContaining('was sent again already, at'),
      ])
      expect((await dead('redrive', '--all')).stdout).toBe('no letter to be sent again\n')
      expect(await orders()).toEqual(['good', 'bad'])
    },
    SLOW_MS,
  )

  it(
    'a row that was left out of its event goes to the topic again, and comes back as another letter when it is no better',
    async () => {
      const rows = [
        { timestamp: '2026-01-01T00:00:00Z', target: 1 },
        { timestamp: '2026-01-01T00:00:01Z', target: 'high' },
      ]
      await platform.publish('mltest', {
        id: 'two-rows',
        type: 'dev.nowcast.target',
        subject: 'river é',
        partitionkey: 'k',
        data: { rows },
      })
      const row = await eventually(
        async () => (await listed()).find(({ eventId }) => eventId === 'two-rows'),
        SLOW_MS,
      )
      expect(row).toMatchObject({ of: 'row', code: 'not-a-number', data: rows[1] })
      const sent = await dead('redrive', row.id)
      expect([sent.code, sent.stdout]).toEqual([
        0,
        expect.stringMatching(/\/nowcast\/mltest answered 202/),
      ])
      const back = await eventually(
        async () => (await listed()).find(({ eventId }) => eventId === row.id),
        SLOW_MS,
      )
      expect(back).toMatchObject({
        of: 'event',
        type: 'dev.nowcast.target',
        code: 'not-a-number',
        headers: { 'ce-subject': 'river%20%C3%A9', 'ce-partitionkey': 'k' },
        data: { rows: [rows[1]] },
      })
    },
    SLOW_MS,
  )
})
