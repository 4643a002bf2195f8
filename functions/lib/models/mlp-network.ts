import { isWindow, numberIn } from './linear-model.ts'
import type { Outcome } from './linear-model.ts'

/**
 * A small network as it is kept: plain JSON. With z the features less their means, divided by their scales, it says
 *
 * `target.mean + target.scale * (direct . z + network(z))`
 *
 * The direct path past the hidden layers is there because much of what streams hold is linear, and a network of this
 * size learns a line badly (the wide path of Cheng et al., arXiv 1606.07792).
 */
export interface MlpModel {
  algorithm: 'mlp'
  features: string[]
  inputs: { means: number[]; scales: number[] }
  target: { mean: number; scale: number }
  direct: number[]
  /** From the features to the one output, which alone is not rectified. */
  layers: DenseLayer[]
  activation: 'relu'
  /** Passes over the rows after which it erred least on rows held out; 0: the direct path alone did. */
  epochs: number
  /** The seed system's in-sample R². */
  r2: number
  /** Rows it was fitted on, and the timestamps of the first and the last. */
  rows: number
  window: { from: string; through: string }
}

/** A fully connected layer: the weight from input i to output j is at `i * biases.length + j`. */
export interface DenseLayer {
  weights: number[]
  biases: number[]
}

/**
 * Predicts one row, in plain arithmetic: a network of this size needs no tensor, and a function that starts from zero
 * no library. A missing feature counts as zero when `missing` says so (the seed system's rule).
 */
export function predictMlp(
  { features, inputs, target, direct, layers }: MlpModel,
  row: Readonly<Record<string, number>>,
  missing: 'zero' | 'refuse',
): Outcome {
  if (missing === 'refuse') {
    const lacking = features.filter((name) => row[name] === undefined)
    if (lacking.length > 0) return { kind: 'missing', features: lacking }
  }
  const z = features.map(
    (name, index) => ((row[name] ?? 0) - (inputs.means[index] ?? 0)) / (inputs.scales[index] ?? 1),
  )
  const linear = z.reduce((sum, value, index) => sum + value * (direct[index] ?? 0), 0)
  const prediction = target.mean + target.scale * (linear + networkOutput(layers, z))
  return Number.isFinite(prediction) ? { kind: 'predicted', prediction } : { kind: 'overflow' }
}

/** What the layers make of standardised features. */
export function networkOutput(layers: readonly DenseLayer[], z: readonly number[]): number {
  let values = z
  for (const [index, { weights, biases }] of layers.entries()) {
    const isLast = index === layers.length - 1
    const sums = [...biases]
    for (const [i, value] of values.entries()) {
      const from = i * sums.length
      for (let j = 0; j < sums.length; j += 1) {
        sums[j] = (sums[j] ?? 0) + value * (weights[from + j] ?? 0)
      }
    }
    values = isLast ? sums : sums.map((sum) => Math.max(0, sum))
  }
  return values[0] ?? 0
}

/** Whether what was stored is a usable network: its sizes agree, and every number is finite. */
export function isMlpModel(model: object): model is MlpModel {
  if (!('algorithm' in model && model.algorithm === 'mlp')) return false
  if (!('features' in model && 'inputs' in model && 'target' in model)) return false
  if (!('direct' in model && 'layers' in model && 'activation' in model)) return false
  const { features, inputs, target, direct, layers, activation } = model
  if (!Array.isArray(features) || !features.every((name) => typeof name === 'string')) return false
  const size = features.length
  return (
    activation === 'relu' &&
    isObject(inputs) &&
    areNumbers(Reflect.get(inputs, 'means'), size) &&
    areScales(Reflect.get(inputs, 'scales'), size) &&
    isObject(target) &&
    numberIn(target, 'mean') &&
    areScales([Reflect.get(target, 'scale')], 1) &&
    areNumbers(direct, size) &&
    areLayers(layers, size) &&
    ['epochs', 'r2', 'rows'].every((name) => numberIn(model, name)) &&
    'window' in model &&
    isWindow(model.window)
  )
}

/** Whether each layer takes as many numbers as the one before it gives, from `inputs` to one. */
function areLayers(layers: unknown, inputs: number): boolean {
  if (!Array.isArray(layers)) return false
  let size = inputs
  for (const layer of layers) {
    if (!isObject(layer)) return false
    const biases: unknown = Reflect.get(layer, 'biases')
    if (!Array.isArray(biases) || !areNumbers(biases, biases.length)) return false
    if (!areNumbers(Reflect.get(layer, 'weights'), size * biases.length)) return false
    size = biases.length
  }
  return layers.length > 0 && size === 1
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function areNumbers(values: unknown, length: number): boolean {
  return Array.isArray(values) && values.length === length && values.every(Number.isFinite)
}

function areScales(values: unknown, length: number): boolean {
  return Array.isArray(values) && areNumbers(values, length) && values.every((value) => value > 0)
}
