import type { Platform } from '../../../platform/local/platform.ts'
import { dataOf, deliveriesOf, registerModel, settled, sinkPoster } from './drive.ts'

const WARM_UP = 50
const SAMPLES = 500

export interface Latency {
  /** Milliseconds of the wall. */
  p50: number
  p99: number
  /** Deliveries of all sources for one sample. */
  deliveries: number
}

/** One sample after the other, each complete before the next: the time until its prediction is in the log. */
export async function benchLatency(platform: Platform): Promise<Latency> {
  const post = sinkPoster(platform)
  await registerModel(platform)
  const times: number[] = []
  let before = 0
  for (let row = 0; row < WARM_UP + SAMPLES; row += 1) {
    if (row === WARM_UP) before = await deliveriesOf(platform)
    const predicted = await awaitPrediction(platform)
    const began = performance.now()
    await post('features', dataOf('features', row, row + 1))
    await predicted.came
    if (row >= WARM_UP) times.push(performance.now() - began)
    await post('target', dataOf('target', row, row + 1))
    await settled(platform)
  }
  const sorted = times.toSorted((a, b) => a - b)
  return {
    p50: sorted[Math.floor(SAMPLES * 0.5)] ?? Number.NaN,
    p99: sorted[Math.floor(SAMPLES * 0.99)] ?? Number.NaN,
    deliveries: ((await deliveriesOf(platform)) - before) / SAMPLES,
  }
}

/** Listens for the next prediction event in mltest, and answers at once with the promise of it. */
async function awaitPrediction({ view: { broker } }: Platform): Promise<{ came: Promise<void> }> {
  const found = new AbortController()
  const records = broker.follow('mltest', 0, found.signal)
  const first = records.next()
  const came = async (): Promise<void> => {
    for (let next = await first; !next.done; next = await records.next()) {
      if (next.value.headers['ce_type'] === 'dev.nowcast.prediction') break
    }
    found.abort()
    await records.return()
  }
  return { came: came() }
}
