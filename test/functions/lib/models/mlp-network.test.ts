import { describe, expect, it } from '@jest/globals'

import { parseModel, predictModel } from '../../../../functions/lib/models/model-body.ts'
import { predictMlp } from '../../../../functions/lib/models/mlp-network.ts'
import type { MlpModel } from '../../../../functions/lib/models/mlp-network.ts'

const model: MlpModel = {
  algorithm: 'mlp',
  features: ['a', 'b'],
  inputs: { means: [1, -2], scales: [2, 4] },
  target: { mean: 10, scale: 3 },
  direct: [0.5, 0],
  layers: [
    { weights: [1, -1, 2, 0.5], biases: [0.25, 0] },
    { weights: [2, -4], biases: [0.5] },
  ],
  activation: 'relu',
  epochs: 7,
  r2: 0.9,
  rows: 300,
  window: { from: '2026-01-01T00:00:00.000Z', through: '2026-01-01T00:05:00.000Z' },
}

describe('predictMlp', () => {
  // z = (1, -1) and (-1, 1); the hidden neurons give (0, 0) and (1.25, 1.5).
  it.each([
    [{ a: 3, b: -6 }, 10 + 3 * (0.5 + 0.5)],
    [{ a: -1, b: 2 }, 10 + 3 * (-0.5 + 0.5 + 2 * 1.25 - 4 * 1.5)],
  ])('says of %j what the layers and the direct path add up to', (row, expected) => {
    expect(predictMlp(model, row, 'refuse')).toEqual({ kind: 'predicted', prediction: expected })
  })

  it('says which features are missing, or takes them as 0 where the model is declared so', () => {
    expect(predictMlp(model, { b: 1 }, 'refuse')).toEqual({ kind: 'missing', features: ['a'] })
    expect(predictMlp(model, { b: 1 }, 'zero')).toEqual(predictMlp(model, { a: 0, b: 1 }, 'zero'))
  })

  it('has no prediction that is no number', () => {
    expect(predictMlp(model, { a: 1e308, b: 1e308 }, 'refuse').kind).toBe('overflow')
  })
})

describe('a stored network', () => {
  it('is read back as it was', () => {
    const parsed = parseModel(JSON.stringify(model))
    expect(parsed).toEqual(model)
    expect(predictModel(parsed, { a: 3, b: -6 }, 'refuse')).toMatchObject({ kind: 'predicted' })
  })

  it.each<[string, object]>([
    ['another activation', { activation: 'tanh' }],
    ['a mean too few', { inputs: { means: [1], scales: [2, 4] } }],
    ['a scale of 0', { inputs: { means: [1, -2], scales: [2, 0] } }],
    ['a target without a scale', { target: { mean: 1 } }],
    ['a coefficient that is null, as JSON keeps NaN', { direct: [Number.NaN, 0] }],
    ['no layer', { layers: [] }],
    ['a weight too few', { layers: [{ weights: [1], biases: [0] }] }],
    ['two outputs', { layers: [{ weights: [1, 2, 3, 4], biases: [0, 0] }] }],
    ['layers that do not fit', { layers: [...model.layers, ...model.layers] }],
    ['a layer that is none', { layers: [null] }],
    ['no window', { window: null }],
  ])('is refused with %s', (_, damage) => {
    expect(() => parseModel(JSON.stringify({ ...model, ...damage }))).toThrow('the stored model')
  })
})
