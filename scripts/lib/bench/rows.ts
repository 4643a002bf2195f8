import { randomUUID } from 'node:crypto'
import { MongoClient } from 'mongodb'

import { mongodbStores } from '../../../functions/lib/adapters/mongodb-stores.ts'
import type { RowPatch } from '../../../functions/lib/events.ts'
import { patchOf, timed } from './drive.ts'

const BATCH = 500
const WARM_UP = 1
const BATCHES = 7

export interface RowsRates {
  readonly adapterPerSecond: number
  readonly barePerSecond: number
}

/**
 * Rows a second into a real MongoDB through the rows adapter, which also answers each row as stored, and through a bare
 * `bulkWrite` loop of the same upserts: features first, then targets, in batches of 500. They take turns, batch by
 * batch, and the median batch counts, so that what else the machine does slows both or neither.
 */
export async function benchRows(uri: string): Promise<RowsRates> {
  const id = randomUUID().slice(0, 8)
  const names = { data: `nowcast_bench_${id}_ml`, models: `nowcast_bench_${id}_model` }
  const client = new MongoClient(uri, { writeConcern: { w: 'majority' } })
  try {
    const stores = await mongodbStores(uri, { names })
    const bare = client.db(names.data).collection('ts')
    const seconds = { adapter: 0, bare: 0 }
    for (const kind of ['features', 'target'] as const) {
      const adapterTimes: number[] = []
      const bareTimes: number[] = []
      for (let batch = 0; batch < WARM_UP + BATCHES; batch += 1) {
        const ours = patchesOf('adapter', kind, batch)
        adapterTimes.push(await timed(async () => void (await stores.rows.merge(ours))))
        const theirs = patchesOf('bare', kind, batch).map(bareUpsert)
        bareTimes.push(
          await timed(async () => void (await bare.bulkWrite(theirs, { ordered: false }))),
        )
      }
      seconds.adapter += median(adapterTimes.slice(WARM_UP))
      seconds.bare += median(bareTimes.slice(WARM_UP))
    }
    await stores.close()
    return {
      adapterPerSecond: (2 * BATCH) / seconds.adapter,
      barePerSecond: (2 * BATCH) / seconds.bare,
    }
  } finally {
    for (const name of Object.values(names)) await client.db(name).dropDatabase()
    await client.close()
  }
}

function patchesOf(series: string, kind: 'features' | 'target', batch: number): RowPatch[] {
  return Array.from({ length: BATCH }, (_, index) => patchOf(series, kind, batch * BATCH + index))
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}

/** What a client without the adapter would write: the fields one by one. */
function bareUpsert({ series, timestamp, features = {}, target }: RowPatch) {
  const fields = Object.entries(features).map(
    ([name, value]) => [`features.${name}`, value] as const,
  )
  const set = {
    time: new Date(timestamp),
    ...Object.fromEntries(fields),
    ...(target !== undefined && { target }),
  }
  const update = { $set: set, $setOnInsert: { storedAt: new Date() } }
  return { updateOne: { filter: { series, timestamp }, update, upsert: true } }
}
