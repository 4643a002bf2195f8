import { isUsable } from '../models/limits.ts'
import { networkOutput } from '../models/mlp-network.ts'
import type { DenseLayer, MlpModel } from '../models/mlp-network.ts'
import { plainNumbers } from '../models/plain-numbers.ts'
import { fitRidgeCv } from '../models/ridge-cv.ts'
import { fitNetwork } from './residual-network.ts'
import type { NetworkOptions, NetworkRows } from './residual-network.ts'
import type { Tensorflow } from './tensorflow.ts'

/** What of a network is fitted; the rest of the model says on what. */
export type MlpFit = Pick<MlpModel, 'inputs' | 'target' | 'direct' | 'layers' | 'epochs' | 'r2'>

/** The newest share of the rows, which says when to stop. */
const HELD_OUT = 0.2
/** Fewer say nothing. */
const FEWEST_HELD_OUT = 4
/** What is left of the target below this share of its size is rounding in the 32 bits of a tensor. */
const SMALLEST_RESIDUAL = 1e-6
/** A column that varies less around its mean than this share of it does not vary but by rounding. */
const SMALLEST_VARIATION = 1e-10

/**
 * Fits a network with a direct path to rows in their order, `columns` being the features, one array each; undefined
 * when a number is beyond 1e50 or the fit is not finite.
 *
 * The direct path is fitted first, by RidgeCV on the older four fifths of the rows; then the network, on what that
 * leaves, stopped by its error on the newest fifth, and so silent where a line does as well; and at last what both
 * leave of all rows is fitted to the direct path once more, for the newest rows say most.
 */
export function fitMlp(
  tf: Tensorflow,
  columns: readonly Float64Array[],
  y: Float64Array,
  options: NetworkOptions,
): MlpFit | undefined {
  if (![...columns, y].every((values) => values.every(isUsable))) return undefined
  const held = Math.floor(HELD_OUT * y.length)
  const learnt = held < FEWEST_HELD_OUT ? y.length : y.length - held
  const scalings = columns.map((column) => scalingOf(column.subarray(0, learnt)))
  const { mean, scale } = scalingOf(y.subarray(0, learnt))
  const inputs = columns.map((column, j) => standardised(column, scalings[j]))
  const target = standardised(y, { mean, scale })

  const first = fitRidgeCv(
    inputs.map((column) => column.subarray(0, learnt)),
    target.subarray(0, learnt),
  )
  const rows = Array.from(target, (_, i) => inputs.map((column) => column[i] ?? 0))
  const residual = unexplained(first, rows, target)
  const varies = scalings.map((scaling) => scaling.varies)
  const { layers, epochs } = fitResidual(tf, { rows, varies, residual, learnt }, options)
  const outputs = rows.map((row) => networkOutput(layers, row))
  const last = fitRidgeCv(
    inputs,
    residual.map((value, i) => value - (outputs[i] ?? 0)),
  )
  const direct = first.coefficients.map((b, j) => b + (last.coefficients[j] ?? 0))
  const intercept = first.intercept + last.intercept
  const errors = unexplained({ coefficients: direct, intercept }, rows, target).map(
    (value, i) => value - (outputs[i] ?? 0),
  )
  const fit: MlpFit = {
    inputs: {
      means: plainNumbers(Float64Array.from(scalings, (scaling) => scaling.mean)),
      scales: scalings.map((scaling) => scaling.scale),
    },
    target: { mean: mean + scale * intercept, scale },
    direct: plainNumbers(Float64Array.from(direct)),
    layers,
    epochs,
    r2: explainedShare(target, errors),
  }
  const numbers = [fit.target.mean, fit.r2, ...fit.direct, ...layers.flatMap(numbersOf)]
  return numbers.every(Number.isFinite) ? fit : undefined
}

interface Residual {
  /** Standardised features. */
  rows: readonly number[][]
  /** Of each feature whether the rows to learn say anything of it. */
  varies: readonly boolean[]
  /** What the direct path leaves of the standardised target. */
  residual: Float64Array
  /** Rows to learn; those after them are held out. */
  learnt: number
}

/** The network of what the direct path leaves; its last layer brings that to the size of the target. */
function fitResidual(
  tf: Tensorflow,
  { rows, varies, residual, learnt }: Residual,
  options: NetworkOptions,
): { layers: DenseLayer[]; epochs: number } {
  const silent = [{ weights: varies.map(() => 0), biases: [0] }]
  const scale = deviationOf(residual.subarray(0, learnt))
  const hasNothingToLearn = learnt === rows.length || !varies.includes(true)
  if (hasNothingToLearn || scale < SMALLEST_RESIDUAL) return { layers: silent, epochs: 0 }
  const part = (from: number, to: number): NetworkRows => ({
    inputs: Float32Array.from(
      rows.slice(from, to).flatMap((row) => row.map((value, j) => (varies[j] ? value : 0))),
    ),
    outputs: Float32Array.from(residual.subarray(from, to), (value) => value / scale),
  })
  const fitted = fitNetwork(tf, part(0, learnt), part(learnt, rows.length), options)
  if (fitted.epochs === 0) return { layers: silent, epochs: 0 }
  const sized = (values: number[]): number[] => values.map((value) => value * scale)
  return {
    epochs: fitted.epochs,
    layers: fitted.layers.map(({ weights, biases }, index) =>
      index < fitted.layers.length - 1
        ? { weights, biases }
        : { weights: sized(weights), biases: sized(biases) },
    ),
  }
}

interface Scaling {
  mean: number
  scale: number
  varies: boolean
}

/** What brings values to mean 0 and standard deviation 1; those that do not vary are not stretched. */
function scalingOf(values: Float64Array): Scaling {
  const mean = meanOf(values)
  const deviation = deviationOf(values)
  const varies = deviation > SMALLEST_VARIATION * Math.abs(mean)
  return { mean, scale: varies ? deviation : 1, varies }
}

function standardised(
  values: Float64Array,
  { mean, scale }: Pick<Scaling, 'mean' | 'scale'> = { mean: 0, scale: 1 },
): Float64Array {
  return values.map((value) => (value - mean) / scale)
}

/** What a line leaves of the target. */
function unexplained(
  { coefficients, intercept }: { coefficients: readonly number[]; intercept: number },
  rows: readonly (readonly number[])[],
  target: Float64Array,
): Float64Array {
  return target.map((value, i) =>
    coefficients.reduce((left, b, j) => left - b * (rows[i]?.[j] ?? 0), value - intercept),
  )
}

function explainedShare(target: Float64Array, errors: Float64Array): number {
  const total = target.length * deviationOf(target) ** 2
  return total === 0 ? 0 : 1 - errors.reduce((sum, error) => sum + error * error, 0) / total
}

function meanOf(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviationOf(values: Float64Array): number {
  const mean = meanOf(values)
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return values.length === 0 ? 0 : Math.sqrt(squares / values.length)
}

function numbersOf({ weights, biases }: DenseLayer): number[] {
  return [...weights, ...biases]
}
