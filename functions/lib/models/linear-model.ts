/** A linear model as it is kept: plain JSON, its coefficients in the order of its features. */
export type LinearModel = FittedModel | Snapshot

interface Linear {
  features: string[]
  coefficients: number[]
  intercept: number
  /** The seed system's in-sample R²; of a snapshot that of the predictions made before each row was learnt. */
  r2: number
  /** Rows it was fitted on, and the timestamps of the first and the last. */
  rows: number
  window: { from: string; through: string }
}

/** Fitted on a window of rows. */
export interface FittedModel extends Linear {
  algorithm: 'ridgecv'
  alpha: number
  /** Mean squared leave-one-out error. */
  looError: number
}

/** An online learner's function at one moment. */
export interface Snapshot extends Linear {
  algorithm: 'rls' | 'gram-ridge'
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

/** Whether what was stored is a usable linear model: one finite coefficient a feature. */
export function isLinearModel(model: object): model is LinearModel {
  if (!('algorithm' in model && 'features' in model && 'coefficients' in model)) return false
  const { algorithm, features, coefficients } = model
  return (
    (algorithm === 'ridgecv' || algorithm === 'rls' || algorithm === 'gram-ridge') &&
    Array.isArray(features) &&
    features.every((name) => typeof name === 'string') &&
    Array.isArray(coefficients) &&
    coefficients.length === features.length &&
    coefficients.every(Number.isFinite) &&
    ['intercept', 'r2', 'rows', ...OWN_NUMBERS[algorithm]].every((name) => numberIn(model, name)) &&
    'window' in model &&
    isWindow(model.window)
  )
}

/** The numbers that only models of that algorithm have. */
const OWN_NUMBERS: Record<LinearModel['algorithm'], string[]> = {
  ridgecv: ['alpha', 'looError'],
  rls: [],
  'gram-ridge': [],
}

/** Whether a stored model has a finite number of that name. */
export function numberIn(model: object, name: string): boolean {
  return Number.isFinite(Reflect.get(model, name))
}

/** Whether a stored window says where it begins and ends. */
export function isWindow(window: unknown): boolean {
  return (
    typeof window === 'object' &&
    window !== null &&
    typeof Reflect.get(window, 'from') === 'string' &&
    typeof Reflect.get(window, 'through') === 'string'
  )
}
