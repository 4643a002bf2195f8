import { encodeHeader } from '../../../functions/lib/cloud-event.ts'
import { post } from '../client.ts'
import { breakIt } from './breaks.ts'
import type { Breakable, Breaks } from './breaks.ts'
import type { FaultRates } from './faults.ts'
import type { Break } from './plan.ts'
import { startPlatformProcess } from './platform-process.ts'
import type { PlatformProcess } from './platform-process.ts'
import type { Proxy } from './proxy.ts'
import { inOrder, openPublisher } from './publish.ts'
import type { Posted } from './publish.ts'
import type { ChaosStore } from './store.ts'
import type { Phase, Stream, StreamEvent } from './stream.ts'
import { SERIES } from './stream.ts'
import { until } from './wait.ts'

/** What a run is made of. */
export interface RunNeeds {
  readonly folder: string
  readonly store: ChaosStore
  readonly proxy: Proxy
  readonly stream: Stream
  /** Further options of `nowcast start`. */
  readonly args: readonly string[]
  /** What goes wrong; undefined for the undisturbed run. */
  readonly trouble?:
    | { readonly seed: number; readonly rates: FaultRates; readonly breaks: readonly Break[] }
    | undefined
  /** Hears of progress: events published so far. */
  readonly progress: (published: number) => void
}

const NAMESPACE = 'nowcast'
/** Published at a time, and published before the first of them was processed: breaks shall hit a stream that flows. */
const PUBLISHED_AT_ONCE = 16
const AHEAD = 64
const SETTLED_MS = 600_000
/** Virtual seconds a second: waits between attempts are shorter by that. */
const SPEED = '20'
const FILLER = JSON.stringify({ rows: [{ filler: 'x'.repeat(2_000) }] })

/** Publishes a stream, phase by phase, while what shall go wrong does; resolves once all of it has been processed. */
export async function performRun(needs: RunNeeds): Promise<Breaks> {
  const { folder, store, proxy, stream, trouble } = needs
  const happened = noBreaks()
  const options = ['--speed', SPEED, ...needs.args, ...store.args]
  const publisher = openPublisher()
  const ids = new Set(stream.phases.flatMap(({ events }) => events.map(({ id }) => id)))
  const processed = new Set<string>()
  const unsubscribe = proxy.onPassage(({ to, id, status }) => {
    if (to === 'persist' && ids.has(id) && isFinal(status)) processed.add(id)
  })
  let platform = await startPlatformProcess(folder, [...options, '--fresh'])
  proxy.target(platform.port)
  proxy.disturb(trouble)

  const breakable: Breakable = {
    folder,
    store,
    platform: () => platform,
    async restart(how, more = async () => []) {
      proxy.target(undefined)
      await platform[how]()
      platform = await startPlatformProcess(folder, [...options, ...(await more())])
      proxy.target(platform.port)
    },
    fill: () => fill(platform),
  }
  let published = 0
  let broken = Promise.resolve()
  let failure: Error | undefined
  const breaks = [...(trouble?.breaks ?? [])]
  async function breakNext(one: Break): Promise<void> {
    try {
      await breakIt(one, breakable)
      happened[one.kind] += 1
    } catch (error) {
      failure ??= new Error(`${one.kind} at event ${one.at} did not happen as planned`, {
        cause: error,
      })
    }
  }

  async function publish(event: StreamEvent): Promise<void> {
    await until('what was published is processed', () => published - processed.size < AHEAD, {
      deadlineMs: SETTLED_MS,
    })
    await publisher.post(proxy.addresses.sink(NAMESPACE, 'mltest'), posted(event))
    published += 1
    needs.progress(published)
    for (let next = breaks[0]; next !== undefined && next.at <= published; next = breaks[0]) {
      const one = next
      breaks.shift()
      broken = broken.then(() => breakNext(one))
    }
  }

  async function settled(): Promise<void> {
    await broken
    if (failure !== undefined) throw failure
    await everythingDelivered(platform, proxy)
  }

  try {
    for (const { events, tick } of stream.phases) {
      await inOrder(events, PUBLISHED_AT_ONCE, publish)
      await settled()
      await publisher.post(proxy.addresses.service('train', '/'), tickOf(tick))
      await settled()
    }
    proxy.flush()
    await settled()
    return happened
  } finally {
    unsubscribe()
    publisher.close()
    await broken
    proxy.target(undefined)
    await platform.stop()
  }
}

async function everythingDelivered(platform: PlatformProcess, proxy: Proxy): Promise<void> {
  let before = ''
  await until(
    'everything is delivered',
    async () => {
      const { sources, topics } = await platform.status()
      const lag = sources
        .flatMap((source) => source.lag ?? [])
        .reduce((sum, { records }) => sum + records, 0)
      const picture = JSON.stringify(topics)
      const isStill = lag === 0 && proxy.inFlight === 0 && picture === before
      before = picture
      return isStill
    },
    { deadlineMs: SETTLED_MS, everyMs: 150 },
  )
}

/** Whether a source is done with an event that was answered so. */
function isFinal(status: number): boolean {
  return status > 0 && status < 500 && ![404, 408, 409, 429].includes(status)
}

function posted({ id, type, partitionKey, body }: StreamEvent): Posted {
  const attributes = {
    specversion: '1.0',
    id,
    source: '/nowcast/chaos',
    type,
    subject: SERIES,
    partitionkey: partitionKey,
  }
  return { attributes, body }
}

/** The tick that a PingSource would send. */
function tickOf({ id, time }: Phase['tick']): Posted {
  const attributes = {
    specversion: '1.0',
    id,
    source: `/apis/v1/namespaces/${NAMESPACE}/pingsources/train`,
    type: 'dev.knative.sources.ping',
    time: encodeHeader(time),
  }
  return { attributes, body: '{}' }
}

/** Writes to a topic that no source reads. */
async function fill({ port }: PlatformProcess): Promise<boolean> {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': 'filler',
    'ce-source': '/nowcast/chaos',
    'ce-type': 'dev.nowcast.filler',
    'content-type': 'application/json',
  }
  const to = {
    host: 'kafka-sink-ingress.knative-eventing.localhost',
    path: `/${NAMESPACE}/mlmodel`,
    headers,
  }
  const { status, reason } = await post(port, to, Buffer.from(FILLER))
  return !(status === 503 && reason.includes('quota'))
}

function noBreaks(): Breaks {
  return {
    'kill-function': 0,
    'kill-platform': 0,
    'store-slow': 0,
    'store-away': 0,
    'log-full': 0,
  }
}
