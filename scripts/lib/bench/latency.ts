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
    if (row === WARM_UP) before = deliveriesOf(platform)
    const predicted = nextPrediction(platform)
    const began = performance.now()
    await post('features', dataOf('features', row, row + 1))
    await predicted
    if (row >= WARM_UP) times.push(performance.now() - began)
    await post('target', dataOf('target', row, row + 1))
    await settled(platform)
  }
  const sorted = times.toSorted((a, b) => a - b)
  return {
    p50: sorted[Math.floor(SAMPLES * 0.5)] ?? Number.NaN,
    p99: sorted[Math.floor(SAMPLES * 0.99)] ?? Number.NaN,
    deliveries: (deliveriesOf(platform) - before) / SAMPLES,
  }
}

/** Resolves when a prediction event becomes readable in mltest. */
function nextPrediction({ view: { log } }: Platform): Promise<void> {
  const ends = new Map(log.ranges('mltest').map(({ partition, end }) => [partition, end]))
  return new Promise((resolve) => {
    const stop = log.watch('mltest', () => {
      const found = [...ends].some(([partition, end]) =>
        log
          .read('mltest', partition, end, 10)
          .some(({ headers }) => headers['ce_type'] === 'dev.nowcast.prediction'),
      )
      if (!found) return
      stop()
      resolve()
    })
  })
}
