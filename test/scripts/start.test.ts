import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { isRecord } from '../../functions/lib/row-events.ts'
import { exitCode, nowcast, startNowcast } from '../support/cli.ts'
import { closeServer, listenOnFreePort } from '../support/console-server.ts'
import { eventually } from '../support/eventually.ts'

const SLOW_MS = 30_000

const MANIFESTS = `
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: { name: orders, namespace: shop, labels: { strimzi.io/cluster: shop } }
spec: { partitions: 2, replicas: 1 }
---
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: { name: orders, namespace: shop }
spec: { topic: orders, bootstrapServers: ['shop-kafka-bootstrap.shop.svc:9092'] }
---
apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata: { name: shop, namespace: shop }
spec: { kafka: { listeners: [{ name: plain, port: 9092, type: internal, tls: false }] } }
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: hello, namespace: shop }
spec:
  template:
    metadata: { annotations: { autoscaling.knative.dev/min-scale: '1' } }
    spec: { containers: [{ image: hello, command: [node, hello.js] }] }
`

const HELLO = `
process.on('SIGTERM', () => process.env.STUBBORN ?? process.exit(0))
require('node:http').createServer((request, response) => {
  console.log(JSON.stringify({ level: 'info', fact: 'asked', path: request.url }))
  console.log(JSON.stringify({ level: 'debug', fact: 'a detail' }))
  response.end('hello')
}).listen(process.env.PORT)
`

interface Started {
  readonly child: ChildProcessWithoutNullStreams
  /** Every fact so far. */
  readonly facts: Record<string, unknown>[]
  readonly port: number
  /** Waits for a fact. */
  readonly fact: (name: string) => Promise<Record<string, unknown>>
}

let folder: string
let children: ChildProcessWithoutNullStreams[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nowcast-'))
  children = []
  await writeFile(join(folder, 'shop.yaml'), MANIFESTS)
  await writeFile(join(folder, 'hello.js'), HELLO)
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(children.map((child) => exitCode(child)))
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

async function start(...options: string[]): Promise<Started> {
  const child = startNowcast(['start', folder, '--port', '0', ...options])
  children.push(child)
  const facts: Record<string, unknown>[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const fact: unknown = JSON.parse(line)
    if (isRecord(fact)) facts.push(fact)
  })
  const fact = (name: string) =>
    eventually(() => facts.find((one) => String(one['fact']).startsWith(name)), SLOW_MS)
  const { address } = await fact('the console is at')
  await fact('is ready')
  return { child, facts, fact, port: Number(new URL(String(address)).port) }
}

/** Asks the service through the gateway. */
async function hello(port: number): Promise<string> {
  const request = get({ port, host: '127.0.0.1', headers: { host: 'hello.shop.localhost' } })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject)
  })
  return text(response)
}

function isAlive(pid: unknown): boolean {
  try {
    process.kill(Number(pid), 0)
    return true
  } catch {
    return false
  }
}

describe('nowcast start', () => {
  it(
    'prints where it is, and one JSON line a fact, when its output is no terminal',
    async () => {
      const { child, facts, fact, port } = await start()
      expect(facts[0]).toMatchObject({
        level: 'info',
        who: 'nowcast',
        address: `http://localhost:${port}/`,
        services: { hello: `http://hello.shop.localhost:${port}` },
      })
      expect(await hello(port)).toBe('hello')
      expect(await fact('asked')).toMatchObject({ who: 'hello', level: 'info', path: '/' })
      const event = ['send', 'orders', '{"pears":2}', '--type', 'order', '--namespace', 'shop']
      const { stdout: id } = await nowcast([...event, '--port', String(port)])
      const { stdout } = await nowcast(['tail', 'orders', '--json', '-n', '1', '--port', `${port}`])
      expect(JSON.parse(stdout)).toMatchObject({ id: id.trim(), type: 'order', data: { pears: 2 } })

      child.kill('SIGTERM')
      expect(await exitCode(child)).toBe(0)
      expect(facts.map((one) => one['fact'])).toEqual(
        expect.arrayContaining(['stopping', 'stopped']),
      )
      expect(facts.filter(({ level }) => level === 'debug')).toEqual([])
    },
    SLOW_MS,
  )

  it(
    'leaves no process behind after Ctrl-C, which npm sends twice',
    async () => {
      const { child, fact } = await start()
      const { pid } = await fact('is ready')
      expect(isAlive(pid)).toBe(true)
      child.kill('SIGINT')
      child.kill('SIGINT')
      expect(await exitCode(child)).toBe(0)
      await eventually(() => !isAlive(pid))
    },
    SLOW_MS,
  )

  it(
    'ends at once at a second Ctrl-C',
    async () => {
      const stubborn = MANIFESTS.replace(
        'command: [node, hello.js]',
        "command: [node, hello.js], env: [{ name: STUBBORN, value: 'yes' }]",
      )
      await writeFile(join(folder, 'shop.yaml'), stubborn)
      const { child, fact } = await start()
      const { pid } = await fact('is ready')
      await eventually(() => {
        child.kill('SIGINT')
        return child.exitCode !== null
      })
      expect(child.exitCode).toBe(130)
      await eventually(() => !isAlive(pid))
    },
    SLOW_MS,
  )

  it(
    'stops when its reader goes away',
    async () => {
      const { child, fact, port } = await start()
      const { pid } = await fact('is ready')
      child.stdout.destroy()
      await eventually(async () => {
        if (child.exitCode === null) await hello(port).catch(() => undefined)
        return child.exitCode !== null
      }, SLOW_MS)
      expect(child.exitCode).toBe(0)
      await eventually(() => !isAlive(pid))
    },
    SLOW_MS,
  )

  it(
    'prints debug facts with --verbose',
    async () => {
      const { fact, port } = await start('--verbose')
      await hello(port)
      expect(await fact('a detail')).toMatchObject({ level: 'debug', who: 'hello' })
    },
    SLOW_MS,
  )

  it(
    'refuses a second platform in the same folder, and a port that is taken',
    async () => {
      await start()
      const second = await nowcast(['start', folder, '--port', '0'])
      expect(second.stderr).toMatch(
        /^Nowcast cannot start:\nanother platform \(pid \d+\) uses the state folder .*\n$/,
      )
      expect(second.code).toBe(1)

      const other = createServer()
      const taken = await listenOnFreePort(other)
      const elsewhere = await mkdtemp(join(tmpdir(), 'nowcast-'))
      await writeFile(join(elsewhere, 'topic.yaml'), MANIFESTS.split('---')[0] ?? '')
      const third = await nowcast(['start', elsewhere, '--port', String(taken)])
      expect(third.stderr).toMatch(
        /^Nowcast cannot start:\nport \d+ is taken by another program; .*\n$/,
      )
      expect(third.code).toBe(1)
      await closeServer(other)
      await rm(elsewhere, { recursive: true })
    },
    SLOW_MS,
  )

  it(
    'names every fault of the manifests by file and line, without a stack',
    async () => {
      await writeFile(
        join(folder, 'a.yaml'),
        'apiVersion: v1\nkind: Banana\nmetadata: { name: b }\n',
      )
      const { code, stdout, stderr } = await nowcast(['start', folder])
      expect(stderr).toMatch(/^Nowcast cannot start:\na\.yaml:2: .*Banana/)
      expect(stderr).not.toMatch(/\n\s+at /)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    },
    SLOW_MS,
  )
})
