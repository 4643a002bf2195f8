import { beforeAll, describe, expect, it } from '@jest/globals'

import { networkOutput } from '../../../../functions/lib/models/mlp-network.ts'
import type { DenseLayer } from '../../../../functions/lib/models/mlp-network.ts'
import { uniformDraws } from '../../../../functions/lib/models/seeded-random.ts'
import { fitMlp } from '../../../../functions/lib/networks/fit-mlp.ts'
import type { MlpFit } from '../../../../functions/lib/networks/fit-mlp.ts'
import { loadTensorflow } from '../../../../functions/lib/networks/tensorflow.ts'
import type { Tensorflow } from '../../../../functions/lib/networks/tensorflow.ts'

const options = {
  seed: 1n,
  hidden: [16],
  epochs: 60,
  patience: 20,
  batchSize: 64,
  learningRate: 0.02,
}

/** Rows of a curve that no line follows, or of a line, with noise of 0.1 on a target of about unit size. */
function rowsOf(
  kind: 'curve' | 'line',
  count: number,
): { columns: Float64Array[]; y: Float64Array } {
  const uniform = uniformDraws(7n)
  const column = (): Float64Array => Float64Array.from({ length: count }, () => 2 * uniform() - 1)
  const columns = [column(), column(), column()]
  const y = Float64Array.from({ length: count }, (_, i) => {
    const [a = 0, b = 0, c = 0] = columns.map((values) => values[i])
    const truth = kind === 'line' ? 100 + a - 2 * b : 2 * Math.abs(a) + b * c
    return truth + 0.35 * (uniform() - 0.5)
  })
  return { columns, y }
}

function fitted(fit: MlpFit | undefined): MlpFit {
  if (fit === undefined) throw new Error('the fit is not finite')
  return fit
}

describe.each(['wasm', 'cpu'] as const)('a network fitted on the %s backend', (backend) => {
  let tf: Tensorflow
  beforeAll(async () => {
    tf = await loadTensorflow(() => undefined, [backend])
    expect(tf.getBackend()).toBe(backend)
  })

  it('learns what a line cannot', () => {
    const { columns, y } = rowsOf('curve', 400)
    const fit = fitted(fitMlp(tf, columns, y, options))
    expect(fit.r2).toBeGreaterThan(0.9)
    expect(fit.epochs).toBeGreaterThan(0)
  })

  it('is the same for the same rows and seed, and leaves no tensor behind', () => {
    const { columns, y } = rowsOf('curve', 150)
    const before = tf.memory().numTensors
    const fit = fitMlp(tf, columns, y, { ...options, epochs: 5 })
    expect(tf.memory().numTensors).toBe(before)
    expect(fitMlp(tf, columns, y, { ...options, epochs: 5 })).toEqual(fit)
    expect(fitMlp(tf, columns, y, { ...options, epochs: 5, seed: 2n })).not.toEqual(fit)
  })

  it('says what TensorFlow.js says of the same weights', () => {
    const { columns, y } = rowsOf('curve', 150)
    const { layers } = fitted(fitMlp(tf, columns, y, { ...options, epochs: 5 }))
    const uniform = uniformDraws(3n)
    for (let row = 0; row < 20; row += 1) {
      const z = [4 * uniform() - 2, 4 * uniform() - 2, 4 * uniform() - 2]
      const said = networkOutput(layers, z)
      expect(Math.abs(byTensors(tf, layers, z) - said)).toBeLessThan(1e-4 * Math.abs(said))
    }
  })
})

describe('a network', () => {
  let tf: Tensorflow
  beforeAll(async () => {
    tf = await loadTensorflow(() => undefined, ['cpu'])
  })

  it('has a direct path that finds a line', () => {
    const { columns, y } = rowsOf('line', 300)
    const fit = fitted(fitMlp(tf, columns, y, options))
    const slopes = fit.direct.map((b, j) => (b * fit.target.scale) / (fit.inputs.scales[j] ?? 1))
    for (const [j, truth] of [1, -2, 0].entries()) {
      expect(Math.abs((slopes[j] ?? 0) - truth)).toBeLessThan(0.1)
    }
  })

  it('is silent where the target is constant', () => {
    const { columns } = rowsOf('line', 50)
    const fit = fitted(fitMlp(tf, columns, new Float64Array(50).fill(5), options))
    expect(fit).toMatchObject({
      target: { mean: 5, scale: 1 },
      direct: [0, 0, 0],
      layers: [{ weights: [0, 0, 0], biases: [0] }],
      epochs: 0,
      r2: 0,
    })
  })

  it('gives a feature that never varied no weight, whatever it does later', () => {
    const { columns, y } = rowsOf('curve', 200)
    const steady = [...columns, new Float64Array(200).fill(0.1)]
    const fit = fitted(fitMlp(tf, steady, y, options))
    expect(fit.inputs.scales[3]).toBe(1)
    expect(fit.direct[3]).toBeCloseTo(0, 9)
    expect(fit.layers[0]?.weights.slice(3 * 16)).toEqual(Array.from({ length: 16 }, () => 0))
  })

  it('is not to be had with numbers beyond 1e50, anywhere', () => {
    const { columns, y } = rowsOf('curve', 60)
    for (const place of [0, 59]) {
      expect(fitMlp(tf, [columns[0] ?? y, with1e300(y, place)], y, options)).toBeUndefined()
      expect(fitMlp(tf, columns, with1e300(y, place), options)).toBeUndefined()
    }
    expect(tf.memory().numTensors).toBe(0)
  })

  it('stays finite with one number far beyond the others', () => {
    const { columns, y } = rowsOf('curve', 60)
    for (const place of [0, 59]) {
      const wild = y.map((value, i) => (i === place ? 1e40 : value))
      const fit = fitMlp(tf, columns, wild, options)
      expect(JSON.stringify(fit)).not.toContain('null')
    }
  })

  it.each([1, 2, 5])('is a mean or a line of %d rows', (count) => {
    const { columns, y } = rowsOf('line', count)
    const fit = fitted(fitMlp(tf, columns, y, options))
    expect(fit.epochs).toBe(0)
    expect(JSON.stringify(fit)).not.toContain('null')
  })
})

function with1e300(values: Float64Array, place: number): Float64Array {
  return values.map((value, i) => (i === place ? 1e300 : value))
}

function byTensors(tf: Tensorflow, layers: readonly DenseLayer[], z: readonly number[]): number {
  return tf.tidy(() => {
    let values = tf.tensor2d([...z], [1, z.length])
    for (const [index, { weights, biases }] of layers.entries()) {
      const kernel = tf.tensor2d(weights, [weights.length / biases.length, biases.length])
      const sums = tf.add(tf.matMul(values, kernel), tf.tensor1d(biases))
      values = (index === layers.length - 1 ? sums : tf.relu(sums)).as2D(1, biases.length)
    }
    return values.dataSync()[0] ?? Number.NaN
  })
}
