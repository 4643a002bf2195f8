/** A linear model as it is kept: plain JSON, its coefficients in the order of its features. */
export interface LinearModel {
  algorithm: 'ridgecv'
  features: string[]
  coefficients: number[]
  intercept: number
  alpha: number
  /** Mean squared leave-one-out error. */
  looError: number
  r2: number
  /** Rows it was fitted on, and the timestamps of the first and the last. */
  rows: number
  window: { from: string; through: string }
}

/** What a model says of a row: a finite number, or why it has none. */
export type Outcome =
  | { kind: 'predicted'; prediction: number }
  | { kind: 'missing'; features: string[] }
  | { kind: 'overflow' }

/** Predicts one row. A missing feature counts as zero when `missing` says so (the seed system's rule). */
export function predictLinear(
  { features, coefficients, intercept }: LinearModel,
  row: Readonly<Record<string, number>>,
  missing: 'zero' | 'refuse',
): Outcome {
  if (missing === 'refuse') {
    const lacking = features.filter((name) => row[name] === undefined)
    if (lacking.length > 0) return { kind: 'missing', features: lacking }
  }
  const prediction = features.reduce(
    (sum, name, index) => sum + (coefficients[index] ?? 0) * (row[name] ?? 0),
    intercept,
  )
  return Number.isFinite(prediction) ? { kind: 'predicted', prediction } : { kind: 'overflow' }
}

/** Reads a stored model. Throws an Error when it is not a usable one: it is not served then. */
export function parseLinearModel(body: string): LinearModel {
  const model: unknown = JSON.parse(body)
  if (!isLinearModel(model)) {
    throw new Error('the stored model is no linear model with one finite coefficient a feature')
  }
  return model
}

function isLinearModel(model: unknown): model is LinearModel {
  if (typeof model !== 'object' || model === null) return false
  if (!('algorithm' in model && 'features' in model && 'coefficients' in model)) return false
  const { algorithm, features, coefficients } = model
  return (
    algorithm === 'ridgecv' &&
    Array.isArray(features) &&
    features.every((name) => typeof name === 'string') &&
    Array.isArray(coefficients) &&
    coefficients.length === features.length &&
    coefficients.every(Number.isFinite) &&
    ['intercept', 'alpha', 'looError', 'r2', 'rows'].every((name) => numberIn(model, name)) &&
    'window' in model &&
    isWindow(model.window)
  )
}

function numberIn(model: object, name: string): boolean {
  return Number.isFinite(Reflect.get(model, name))
}

function isWindow(window: unknown): boolean {
  return (
    typeof window === 'object' &&
    window !== null &&
    typeof Reflect.get(window, 'from') === 'string' &&
    typeof Reflect.get(window, 'through') === 'string'
  )
}
