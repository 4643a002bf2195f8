import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import type { Facts } from '../../../platform/local/facts.ts'
import { startPlatform } from '../../../platform/local/platform.ts'
import { poster } from './drive.ts'
import { makeSmallFolder } from './small-folder.ts'

const EVENTS = 1_000
const EVERY_MS = 10
const EDITED_AT = 400
const DEADLINE_MS = 60_000

const FLOW = `
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: { name: orders }
spec: { partitions: 5, replicas: 1 }
---
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: { name: orders }
spec: { topic: orders, bootstrapServers: ['kafka:9092'] }
---
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: { name: keep }
spec:
  bootstrapServers: ['kafka:9092']
  topics: [orders]
  initialOffset: earliest
  sink: { ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: keep } }
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: keep }
spec:
  template:
    spec: { containers: [{ command: [node, functions/keep.cjs] }] }
`

/** Writes each event's id down, with the version of the code that did it, and takes as long as a function does. */
const keep = (version: number): string => `
const { appendFileSync } = require('node:fs')
const server = require('node:http').createServer((request, response) => {
  request.resume().on('end', () => setTimeout(() => {
    appendFileSync('results.txt', request.headers['ce-id'] + ' ${version} ' + Date.now() + '\\n')
    response.writeHead(204).end()
  }, 5))
})
server.listen(process.env.PORT, process.env.HOST)
process.on('SIGTERM', () => server.close(() => process.exit(0)))
`

export interface Edited {
  /** Results there are, and of how many events. */
  readonly results: number
  readonly distinct: number
  /** How many the new code made. */
  readonly byNewCode: number
  /** From the save to the first result of the new code, wall milliseconds. */
  readonly liveMs: number
}

/** A thousand events at a hundred a second, and the function's file saved in the middle of them. */
export async function benchEdit(facts: Facts): Promise<Edited> {
  const folder = await makeSmallFolder({
    'functions/keep.cjs': keep(1),
    'functions/flow.yaml': FLOW,
  })
  const platform = await startPlatform({
    folder: folder.path,
    stateFolder: join(folder.path, '.nowcast'),
    port: 0,
    fresh: false,
    speed: 1,
    facts,
  })
  const results = async () => {
    const text = await readFile(join(folder.path, 'results.txt'), 'utf8').catch(() => '')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' '))
  }
  try {
    const post = poster(
      platform,
      'kafka-sink-ingress.knative-eventing.localhost',
      '/default/orders',
    )
    const sent: Promise<void>[] = []
    let savedAt = Number.NaN
    for (let event = 0; event < EVENTS; event++) {
      if (event === EDITED_AT) {
        savedAt = Date.now()
        await folder.write('functions/keep.cjs', keep(2))
      }
      sent.push(post('features', '{}'))
      await pause(EVERY_MS)
    }
    await Promise.all(sent)
    const end = performance.now() + DEADLINE_MS
    const isDone = async () => {
      const [source] = await platform.view.sources()
      const left = source?.lag?.reduce((sum, { records }) => sum + records, 0)
      return left === 0 && (await results()).length >= EVENTS
    }
    while (!(await isDone()) && performance.now() < end) await pause(EVERY_MS)
    const all = await results()
    const byNewCode = all.filter(([, version]) => version === '2')
    return {
      results: all.length,
      distinct: new Set(all.map(([id]) => id)).size,
      byNewCode: byNewCode.length,
      liveMs: Math.min(...byNewCode.map(([, , at]) => Number(at))) - savedAt,
    }
  } finally {
    await platform.close()
    await folder.remove()
  }
}
