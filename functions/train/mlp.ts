import type { StoredRow } from '../lib/events.ts'
import type { MlpModel } from '../lib/models/mlp-network.ts'
import { fitMlp } from '../lib/networks/fit-mlp.ts'
import type { NetworkOptions } from '../lib/networks/residual-network.ts'
import { loadTensorflow } from '../lib/networks/tensorflow.ts'
import type { Backend, Tensorflow } from '../lib/networks/tensorflow.ts'
import type { Log } from '../lib/ports/log.ts'
import { parseTimestamp } from '../lib/timestamps.ts'
import { designOf } from './train.ts'
import type { Trained } from './train.ts'

/** A network fitted on a window, or why there is none. */
export type TrainedMlp =
  { kind: 'trained'; model: MlpModel; leftOut: string[] } | Exclude<Trained, { kind: 'trained' }>

/** Fits a network on a window of rows, oldest first, each with a target. */
export type TrainMlp = (window: readonly StoredRow[], minimumRows: number) => Promise<TrainedMlp>

/** Rows by features by features: more would take a request's time, for the direct path alone. */
const MOST_WORK = 1e8

/**
 * What fits networks. TensorFlow.js is loaded, and its backend logged, when the first is to be fitted; the same window
 * gives the same network on the same backend.
 */
export function startMlp(log: Log, backends?: readonly Backend[]): TrainMlp {
  let loading: Promise<Tensorflow> | undefined
  return async (window, minimumRows) => {
    const design = designOf(window, minimumRows)
    if (design.kind === 'too-few') return design
    const { features, leftOut, columns, y, window: span } = design
    if (y.length * features.length ** 2 > MOST_WORK) {
      return { kind: 'too-much', rows: y.length, features: features.length }
    }
    loading ??= loadTensorflow(log, backends)
    const tf = await loading.catch((error: unknown) => {
      // What could not be loaded now may be there the next time.
      loading = undefined
      throw error
    })
    const options = optionsFor(y.length, features.length, span.through)
    const fit = fitMlp(tf, columns, y, options)
    if (fit === undefined) return { kind: 'not-finite' }
    return {
      kind: 'trained',
      leftOut,
      model: {
        algorithm: 'mlp',
        features,
        activation: 'relu',
        ...fit,
        rows: y.length,
        window: span,
      },
    }
  }
}

/** One hidden layer learns more of a few hundred rows than two do. */
const NEURONS = 32
const STEPS_A_PASS = 32
/** Multiplications for all passes together: some ten seconds of one processor. */
const MOST_MULTIPLICATIONS = 2e9

/** Small batches for small windows; large windows in so many steps a pass, and fewer passes. */
function optionsFor(rows: number, features: number, through: string): NetworkOptions {
  const multiplications = rows * (features + 1) * NEURONS
  return {
    seed: BigInt(parseTimestamp(through) ?? 0),
    hidden: [NEURONS],
    epochs: Math.max(10, Math.min(200, Math.floor(MOST_MULTIPLICATIONS / multiplications))),
    patience: 20,
    batchSize: Math.max(64, Math.ceil(rows / STEPS_A_PASS)),
    learningRate: 0.02,
  }
}
