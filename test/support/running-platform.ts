import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { z } from 'zod'

import { encodeHeader } from '../../functions/lib/cloud-event.ts'
import { getJson, post } from '../../scripts/lib/client.ts'
import { startNowcast } from './cli.ts'
import { eventually } from './eventually.ts'

const statusShape = z.object({
  time: z.iso.datetime(),
  services: z.array(
    z.looseObject({ name: z.string(), revision: z.string(), instances: z.number() }),
  ),
  sources: z.array(
    z.object({
      name: z.string(),
      delivered: z.number(),
      retried: z.number(),
      deadLettered: z.number(),
      dropped: z.number(),
      next: z.optional(z.iso.datetime()),
      group: z.optional(z.string()),
      lag: z.optional(z.array(z.object({ topic: z.string(), records: z.number() }))),
    }),
  ),
  topics: z.array(z.object({ topic: z.string(), newest: z.number() })),
})

const recordsShape = z.array(
  z.looseObject({ id: z.string(), source: z.string(), type: z.string(), data: z.unknown() }),
)

const factShape = z.looseObject({ who: z.string(), fact: z.string(), level: z.string() })

type Fact = z.infer<typeof factShape>
type LogEvent = z.infer<typeof recordsShape>[number]

/** A `nowcast start` as a process of its own, in a folder. */
export interface RunningPlatform {
  readonly port: number
  /** What it has printed so far. */
  readonly facts: readonly Fact[]
  /** The newest pid of a Service's process, as the platform told it. */
  pidOf(service: string): number
  status(): Promise<z.infer<typeof statusShape>>
  /** The newest `last` records of a topic, as CloudEvents. */
  records(topic: string, last: number): Promise<LogEvent[]>
  /** Posts an event, through the gateway, to a topic's sink; answers the status. */
  publish(topic: string, event: TestEvent): Promise<number>
  /** Posts an event, through the gateway, to a Service. */
  invoke(service: string, event: TestEvent): Promise<number>
  /** Resolves once every record has been delivered and nothing follows. */
  settled(deadlineMs?: number): Promise<void>
  /** SIGKILL, to the platform's process alone. */
  kill(): Promise<void>
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>
}

export interface TestEvent {
  readonly id: string
  readonly type: string
  readonly source?: string
  readonly subject?: string
  readonly time?: string
  readonly partitionkey?: string
  /** Of a plain Kafka record. */
  readonly key?: string
  readonly data: unknown
}

export async function startRunningPlatform(
  folder: string,
  args: readonly string[] = [],
): Promise<RunningPlatform> {
  const child = startNowcast(['start', folder, '--port', '0', '--json', ...args])
  const facts: Fact[] = []
  const problems: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const fact = factShape.safeParse(JSON.parse(line))
    if (fact.success) facts.push(fact.data)
  })
  createInterface({ input: child.stderr }).on('line', (line) => problems.push(line))
  const ended = once(child, 'close')
  const port = await eventually(() => {
    if (child.exitCode !== null || child.signalCode !== null) return 'ended' as const
    const address = facts.find((fact) => typeof fact['address'] === 'string')?.['address']
    return typeof address === 'string' ? Number(new URL(address).port) : undefined
  }, 20_000)
  if (port === 'ended') {
    // Its output may still be on its way.
    await ended
    throw new Error(`nowcast start ended: ${problems.join('\n')}`)
  }

  const send = (host: string, path: string, { data, ...attributes }: TestEvent) => {
    const headers: Record<string, string> = {
      'ce-specversion': '1.0',
      'ce-source': '/test',
      'content-type': 'application/json',
    }
    for (const [name, value] of Object.entries(attributes))
      headers[`ce-${name}`] = encodeHeader(value)
    return post(port, { host, path, headers }, Buffer.from(JSON.stringify(data)))
  }
  const status = () => getJson(port, '/api/status', statusShape)

  return {
    port,
    facts,
    pidOf(service) {
      const fact = facts.findLast(
        ({ who, fact: text }) => who === `Service ${service}` && text.startsWith('is ready'),
      )
      const pid = fact?.['pid']
      if (typeof pid !== 'number') throw new Error(`Service ${service} was never ready`)
      return pid
    },
    status,
    records: (topic, last) =>
      last === 0
        ? Promise.resolve([])
        : getJson(port, `/api/topics/${topic}/records?last=${last}`, recordsShape),
    publish: async (topic, event) =>
      (await send('kafka-sink-ingress.knative-eventing.localhost', `/nowcast/${topic}`, event))
        .status,
    invoke: async (service, event) =>
      (await send(`${service}.nowcast.localhost`, '/', event)).status,
    async settled(deadlineMs = 60_000) {
      let before = ''
      await eventually(async () => {
        const now = await status()
        const lag = now.sources
          .flatMap((source) => source.lag ?? [])
          .reduce((sum, { records }) => sum + records, 0)
        const picture = JSON.stringify(now.topics)
        const isStill = lag === 0 && picture === before
        before = picture
        return isStill
      }, deadlineMs)
    },
    async kill() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
      return child.exitCode
    },
  }
}
