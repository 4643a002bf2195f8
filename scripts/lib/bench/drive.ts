import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

import type { Platform } from '../../../platform/local/platform.ts'
import type { RowPatch } from '../../../functions/lib/events.ts'
import { fitRidgeCv } from '../../../functions/lib/models/ridge-cv.ts'

const BEGIN = Date.UTC(2026, 0, 1)
const NAMES = Array.from({ length: 10 }, (_, index) => `feat_${index}`)

/** The timestamp of a row by its number, one a second. */
const timestampOf = (row: number): string => new Date(BEGIN + row * 1_000).toISOString()

/** Any features, and a target that is linear in them: what is measured does not depend on the numbers. */
function rowOf(row: number): { features: Record<string, number>; target: number } {
  const values = NAMES.map((_, index) => Math.sin(row * (index + 1)))
  const target = values.reduce((sum, value, index) => sum + value * index, 0)
  return {
    features: Object.fromEntries(NAMES.map((name, index) => [name, values[index] ?? 0])),
    target,
  }
}

/** Rows `from` to `to`, exclusive, as the data of a features or a target event. */
export function dataOf(kind: 'features' | 'target', from: number, to: number): string {
  const rows = Array.from({ length: to - from }, (_, index) => {
    const { features, target } = rowOf(from + index)
    const timestamp = timestampOf(from + index)
    return kind === 'features' ? { timestamp, ...features } : { timestamp, target }
  })
  return JSON.stringify({ rows })
}

/** One row as the patch of a features or a target event. */
export function patchOf(series: string, kind: 'features' | 'target', row: number): RowPatch {
  const { features, target } = rowOf(row)
  const key = { series, timestamp: timestampOf(row) }
  return kind === 'features' ? { ...key, features } : { ...key, target }
}

/** Posts events to what the gateway serves under a host, over kept connections. */
export function poster(platform: Platform, host: string, path: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  let posted = 0
  return (kind: 'features' | 'target', body: string): Promise<void> =>
    new Promise((resolve, reject) => {
      posted += 1
      const headers = {
        host,
        'ce-specversion': '1.0',
        'ce-id': `${posted}`,
        'ce-source': '/bench',
        'ce-type': `dev.nowcast.${kind}`,
        'ce-subject': 'mltest',
        'ce-partitionkey': `${posted}`,
        'content-type': 'application/json',
      }
      const sent = request(
        { host: '127.0.0.1', port: platform.port, path, method: 'POST', agent, headers },
        (response) => {
          response.resume().on('end', () => {
            const status = response.statusCode ?? 0
            if (status < 300) resolve()
            else reject(new Error(`${host} answered ${status}`))
          })
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })
}

/** Posts to the sink of mltest. */
export const sinkPoster = (platform: Platform) =>
  poster(platform, 'kafka-sink-ingress.knative-eventing.localhost', '/nowcast/mltest')

/** Runs tasks `width` at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  run: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of left) await run(item)
    }),
  )
}

/** Registers a version that may predict every row. */
export async function registerModel({ view }: Platform): Promise<void> {
  const rows = Array.from({ length: 60 }, (_, index) => rowOf(-60 + index))
  const columns = NAMES.map((name) =>
    Float64Array.from(rows, ({ features }) => features[name] ?? 0),
  )
  const { coefficients, intercept, alpha, looError, r2 } = fitRidgeCv(
    columns,
    Float64Array.from(rows, ({ target }) => target),
  )
  const window = { from: timestampOf(-60), through: timestampOf(-1) }
  await view.stores?.models.register({
    name: 'ridgecv',
    trigger: 'bench',
    description: 'bench',
    score: r2,
    trainedThrough: window.through,
    body: JSON.stringify({
      algorithm: 'ridgecv',
      features: NAMES,
      coefficients,
      intercept,
      alpha,
      looError,
      r2,
      rows: rows.length,
      window,
    }),
  })
}

/** Waits until every source has delivered everything and nothing is in flight. */
export async function settled({ view }: Platform): Promise<void> {
  for (let before = ''; ; await pause(5)) {
    const sources = await view.sources()
    const lag = sources
      .flatMap((source) => source.lag ?? [])
      .reduce((sum, { records }) => sum + records, 0)
    const delivered = JSON.stringify(sources.map((source) => source.delivered))
    if (lag === 0 && delivered === before) return
    before = delivered
  }
}

/** Deliveries of all sources so far. */
export async function deliveriesOf({ view }: Platform): Promise<number> {
  return (await view.sources()).reduce((sum, { delivered }) => sum + delivered, 0)
}

export async function timed(run: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await run()
  return (performance.now() - began) / 1_000
}
