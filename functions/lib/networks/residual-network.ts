import type { Rank, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs'

import type { DenseLayer } from '../models/mlp-network.ts'
import { plainNumbers } from '../models/plain-numbers.ts'
import { shuffle, uniformDraws } from '../models/seeded-random.ts'
import type { Tensorflow } from './tensorflow.ts'

export interface NetworkOptions {
  /** Decides the weights at the beginning and the order of rows: the same seed and rows give the same network. */
  seed: bigint
  /** Neurons in each hidden layer. */
  hidden: readonly number[]
  /** Passes over the rows at most, and passes without less error on the rows held out after which there is no other. */
  epochs: number
  patience: number
  /** Rows in a step. */
  batchSize: number
  learningRate: number
}

/** Rows as a network is shown them: `inputs` row by row, all of about unit size; a feature that does not vary is 0. */
export interface NetworkRows {
  inputs: Float32Array
  outputs: Float32Array
}

interface Parts {
  weights: Variable<Rank.R2>
  biases: Variable<Rank.R1>
}

/**
 * Fits a network that begins as one that says 0, by Adam on squared errors, and gives the weights of the pass after
 * which it erred least on `held`; `epochs` is 0 when no pass made it better than 0.
 *
 * Every tensor is disposed of: an Error says so when not.
 */
export function fitNetwork(
  tf: Tensorflow,
  rows: NetworkRows,
  held: NetworkRows,
  options: NetworkOptions,
): { layers: DenseLayer[]; epochs: number } {
  const before = tf.memory().numTensors
  const fitted = train(tf, rows, held, options)
  const left = tf.memory().numTensors - before
  if (left !== 0) throw new Error(`fitting a network left ${left} tensors in memory`)
  return fitted
}

function train(
  tf: Tensorflow,
  rows: NetworkRows,
  held: NetworkRows,
  { seed, hidden, epochs, patience, batchSize, learningRate }: NetworkOptions,
): { layers: DenseLayer[]; epochs: number } {
  const count = rows.outputs.length
  const features = rows.inputs.length / count
  const uniform = uniformDraws(seed)
  const network = newNetwork(tf, [features, ...hidden, 1], uniform, (feature) =>
    rows.inputs.some((value, index) => index % features === feature && value !== 0),
  )
  const optimizer = tf.train.adam(learningRate)
  const variables = network.flatMap(({ weights, biases }) => [weights, biases])
  const shown = asTensors(tf, rows, features)
  const heldOut = asTensors(tf, held, features)
  try {
    const error = (inputs: Tensor2D, outputs: Tensor2D): Tensor<Rank.R0> =>
      tf.mean(tf.squaredDifference(outputs, forward(tf, network, inputs)))
    const heldOutError = (): number =>
      tf.tidy(() => error(heldOut.inputs, heldOut.outputs).dataSync()[0] ?? Number.NaN)
    let best = { error: heldOutError(), epochs: 0, layers: layersOf(network) }
    const order = Int32Array.from({ length: count }, (_, index) => index)
    for (let epoch = 1; epoch <= epochs && epoch - best.epochs <= patience; epoch += 1) {
      shuffle(order, uniform)
      for (let from = 0; from < count; from += batchSize) {
        tf.tidy(() => {
          const batch = tf.tensor1d(order.slice(from, from + batchSize), 'int32')
          const inputs = tf.gather(shown.inputs, batch)
          const outputs = tf.gather(shown.outputs, batch)
          optimizer.minimize(() => error(inputs, outputs), false, variables)
        })
      }
      const now = heldOutError()
      if (now < best.error) best = { error: now, epochs: epoch, layers: layersOf(network) }
    }
    return { layers: best.layers, epochs: best.epochs }
  } finally {
    optimizer.dispose()
    tf.dispose([variables, shown, heldOut])
  }
}

/**
 * Weights by He et al. (arXiv 1502.01852), uniform; those of the last layer 0, so that the network says 0. So are those
 * of an input that is 0 in every row: nothing could be learnt of them, and the input may not stay 0.
 */
function newNetwork(
  tf: Tensorflow,
  sizes: readonly number[],
  uniform: () => number,
  isShown: (feature: number) => boolean,
): Parts[] {
  return sizes.slice(1).map((outputs, index) => {
    const inputs = sizes[index] ?? 0
    const isLast = index === sizes.length - 2
    const most = Math.sqrt(6 / inputs)
    const weights = Float32Array.from({ length: inputs * outputs }, (_, place) => {
      const isSilent = isLast || (index === 0 && !isShown(Math.floor(place / outputs)))
      return isSilent ? 0 : most * (2 * uniform() - 1)
    })
    return {
      weights: tf.tidy(() => tf.variable(tf.tensor2d(weights, [inputs, outputs]))),
      biases: tf.tidy(() => tf.variable(tf.zeros<Rank.R1>([outputs]))),
    }
  })
}

function forward(tf: Tensorflow, network: readonly Parts[], inputs: Tensor2D): Tensor2D {
  return network.reduce<Tensor2D>((values, { weights, biases }, index) => {
    const sums = tf.add<Tensor2D>(tf.matMul(values, weights), biases)
    return index === network.length - 1 ? sums : tf.relu(sums)
  }, inputs)
}

function asTensors(
  tf: Tensorflow,
  { inputs, outputs }: NetworkRows,
  features: number,
): { inputs: Tensor2D; outputs: Tensor2D } {
  return {
    inputs: tf.tensor2d(inputs, [outputs.length, features]),
    outputs: tf.tensor2d(outputs, [outputs.length, 1]),
  }
}

function layersOf(network: readonly Parts[]): DenseLayer[] {
  return network.map(({ weights, biases }) => ({
    weights: plainNumbers(Float64Array.from(weights.dataSync())),
    biases: plainNumbers(Float64Array.from(biases.dataSync())),
  }))
}
