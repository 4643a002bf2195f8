import { factorise, rowAt, solveFactorised, triangle } from './cholesky.ts'
import { judgeError, newJumpState } from './jump-test.ts'
import type { JumpRule, JumpState } from './jump-test.ts'
import type { Outcome } from './linear-model.ts'
import { featuresFault } from './online-learner.ts'
import type { Learnt, LearningRow, LinearForm } from './online-learner.ts'
import { plainNumbers } from './plain-numbers.ts'
import { guardRow, newRowGuard } from './row-guard.ts'
import type { RowGuard } from './row-guard.ts'

export interface GramRidgeOptions {
  /** What a row's weight is multiplied by with every later row: 1 never forgets, .999 remembers some 1,000 rows. */
  forgetting: number
  /** The penalty, as a number of rows: coefficients are pulled to where they were as if so many rows said so. */
  penalty: number
  /**
   * A penalty that grows with the rows: this share of their number is added. For many features alike, such as lags.
   */
  relativePenalty: number
  /** When the relation itself is taken to have changed; null: never. */
  jump: JumpRule | null
  /** Coefficients are solved for after every so many rows; null: often enough to follow, seldom enough to be cheap. */
  solveEvery: number | null
}

/**
 * A ridge regression that learns row by row; plain JSON. Vectors have the intercept first, then the features in
 * order; `gram` is a lower triangle (cholesky.ts). Sums are of values less the `origin`, a point among the rows, target
 * first: far from zero they would lose the digits that matter.
 */
export interface GramRidge {
  algorithm: 'gram-ridge'
  features: string[]
  options: GramRidgeOptions
  /** Rows learnt, and the sum of their weights since the last jump. */
  rows: number
  weight: number
  origin: number[]
  gram: number[]
  cross: number[]
  /** Mean square of each column, the newest 1,000 rows or so: a jump does not change units. */
  squares: number[]
  /** Where the penalty pulls to, how strongly since the last jump, and the usual error before that. */
  centre: number[]
  penalty: number
  usualBefore: number
  coefficients: number[]
  sinceSolved: number
  guard: RowGuard
  jump: JumpState
}

/** Before that many rows the size of the features is not known: the mean of the targets is predicted. */
const ROWS_TO_BEGIN = 10
const SQUARES_MEMORY = 1_000
/** Smaller features are taken for rounding errors until many rows speak for them. */
const SMALLEST_SCALE = 1e-6
const SMALLEST_PENALTY = 1e-6

/** A learner that has seen nothing, for features in this order. Throws a RangeError where `featuresFault` has one. */
export function newGramRidge(
  features: readonly string[],
  options: Partial<GramRidgeOptions> = {},
): GramRidge {
  const fault = featuresFault(features)
  if (fault !== undefined) throw new RangeError(fault)
  const d = features.length + 1
  const chosen = {
    forgetting: 1,
    penalty: 0.1,
    relativePenalty: 0,
    jump: null,
    solveEvery: null,
    ...options,
  }
  return {
    algorithm: 'gram-ridge',
    features: [...features],
    options: chosen,
    rows: 0,
    weight: 0,
    origin: zeros(d),
    gram: zeros(triangle(d)),
    cross: zeros(d),
    squares: zeros(d),
    centre: zeros(d),
    penalty: chosen.penalty,
    usualBefore: 0,
    coefficients: zeros(d),
    sinceSolved: 0,
    guard: newRowGuard(features.length),
    jump: newJumpState(),
  }
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0)
}

/** Predicts one row; a state that has learnt nothing says 0. */
export function predictGramRidge(
  { features, origin, coefficients }: GramRidge,
  row: Readonly<Record<string, number>>,
): Outcome {
  const missing = features.filter((name) => row[name] === undefined)
  if (missing.length > 0) return { kind: 'missing', features: missing }
  const prediction = features.reduce(
    (sum, name, index) =>
      sum + (coefficients[index + 1] ?? 0) * ((row[name] ?? 0) - (origin[index + 1] ?? 0)),
    (origin[0] ?? 0) + (coefficients[0] ?? 0),
  )
  return Number.isFinite(prediction) ? { kind: 'predicted', prediction } : { kind: 'overflow' }
}

/** The learner's present function of the raw features, for a registered version. */
export function linearFormOf({ features, origin, coefficients }: GramRidge): LinearForm {
  const [first = 0, ...slopes] = coefficients
  const intercept = slopes.reduce(
    (sum, slope, index) => sum - slope * (origin[index + 1] ?? 0),
    (origin[0] ?? 0) + first,
  )
  return { features: [...features], coefficients: slopes, intercept }
}

/**
 * Learns rows in their order; learning them in one call or in many gives the same state, bit for bit.
 *
 * Minimises `sum over rows of weight * (y - w.x)² + sum over j of penalty * meanSquare(x_j) * (w_j - centre_j)²`,
 * that is ridge regression on features of unit size, from the exponentially weighted sums of x x' and x y: the
 * optimum that recursive least squares follows, without its wind-up, for the penalty does not fade (Hoerl and
 * Kennard, 1970, for the ridge). O(d²) a row and O(d³ / 6) a solve.
 *
 * After a jump the sums start anew and the penalty pulls to the coefficients before it, by the weight that a Bayesian
 * would give them: with errors of variance s² and an error of size e at the jump, each coefficient (of a feature of
 * unit size) changed by about e² / d, so the old ones count as s² d / e² rows.
 */
export function learnGramRidge(
  state: GramRidge,
  rows: readonly LearningRow[],
): { state: GramRidge; outcomes: Learnt[] } {
  let work = unpack(state)
  const outcomes: Learnt[] = []
  for (const row of rows) {
    const { guard, row: guarded } = guardRow(work.guard, state.features, row)
    if (guarded.kind === 'usable' && guarded.rescaled) {
      work = unpack(newGramRidge(state.features, state.options))
    }
    work.guard = guard
    outcomes.push(guarded.kind === 'usable' ? learnRow(work, guarded.values) : guarded)
  }
  return { state: pack(work), outcomes }
}

/** Forgets the rows but keeps the coefficients, as after a jump: for a drift that was found elsewhere. */
export function forgetRows(state: GramRidge): GramRidge {
  const work = unpack(state)
  startAnew(work)
  work.jump = { ...work.jump, age: 0, hits: 0, counted: 0, variance: 0, varianceBefore: 0 }
  return pack(work)
}

/**
 * The learner for another set of features: the same state when they are the same in the same order, else a new one,
 * in which the features that stay keep their coefficients and everything else is to be learnt. `row` is one that has
 * them.
 */
export function withFeatures(
  state: GramRidge,
  features: readonly string[],
  row: Readonly<Record<string, number>>,
): GramRidge {
  const isSame = features.every((name, index) => name === state.features[index])
  if (isSame && features.length === state.features.length) return state
  const fresh = newGramRidge(features, state.options)
  if (state.rows < ROWS_TO_BEGIN) return fresh
  const carried = (
    from: readonly number[],
    otherwise: (name: string) => number = () => 0,
  ): number[] => {
    const known = new Map(state.features.map((name, index) => [name, from[index + 1]]))
    return [from[0] ?? 0, ...features.map((name) => known.get(name) ?? otherwise(name))]
  }
  const coefficients = carried(state.coefficients)
  return {
    ...fresh,
    rows: state.rows,
    origin: carried(state.origin, (name) => row[name] ?? 0),
    squares: carried(state.squares),
    centre: coefficients,
    coefficients,
    guard: { rows: 0, largest: carried(state.guard.largest), strange: 0 },
  }
}

/** A state on the workbench: the same with typed arrays, changed in place. */
type Work = Omit<GramRidge, Vectors> & Record<Vectors, Float64Array>
type Vectors = 'origin' | 'gram' | 'cross' | 'squares' | 'centre' | 'coefficients'

function unpack(state: GramRidge): Work {
  return {
    ...state,
    origin: new Float64Array(state.origin),
    gram: new Float64Array(state.gram),
    cross: new Float64Array(state.cross),
    squares: new Float64Array(state.squares),
    centre: new Float64Array(state.centre),
    coefficients: new Float64Array(state.coefficients),
  }
}

function pack(work: Work): GramRidge {
  return {
    ...work,
    origin: plainNumbers(work.origin),
    gram: plainNumbers(work.gram),
    cross: plainNumbers(work.cross),
    squares: plainNumbers(work.squares),
    centre: plainNumbers(work.centre),
    coefficients: plainNumbers(work.coefficients),
  }
}

/** `values` has the target first. */
function learnRow(work: Work, values: Float64Array): Learnt {
  const { jump: rule, forgetting } = work.options
  const d = work.coefficients.length
  let said = (work.origin[0] ?? 0) + (work.coefficients[0] ?? 0)
  for (let j = 1; j < d; j += 1) {
    said += (work.coefficients[j] ?? 0) * ((values[j] ?? 0) - (work.origin[j] ?? 0))
  }
  const error = (values[0] ?? 0) - said
  if (work.rows === 0) work.origin.set(values)
  let learnt = values[0] ?? 0
  let jumped = false
  // Before the first solve errors are those of a mean.
  if (rule !== null && work.rows >= ROWS_TO_BEGIN) {
    const judged = judgeError(work.jump, rule, d, { error, target: values[0] ?? 0 })
    work.jump = judged.state
    const { verdict } = judged
    jumped = verdict.kind === 'jump'
    if (verdict.kind === 'unusual') learnt = said + Math.sign(error) * verdict.limit
    if (verdict.kind === 'jump') {
      startAnew(work)
      work.penalty = penaltyAfter(work, verdict.usual, verdict.size)
      work.usualBefore = verdict.usual
    } else if (work.usualBefore > 0 && work.jump.age <= d / 4) {
      // The error at the jump may have been small by chance.
      work.penalty = Math.min(work.penalty, penaltyAfter(work, work.usualBefore, error))
    }
  }
  const x = values.map((value, index) => value - (work.origin[index] ?? 0))
  x[0] = 1
  const target = learnt - (work.origin[0] ?? 0)
  work.rows += 1
  work.weight = forgetting * work.weight + 1
  const share = 1 / Math.min(work.rows, SQUARES_MEMORY)
  for (let i = 0; i < d; i += 1) {
    const xi = x[i] ?? 0
    const row = rowAt(i)
    for (let j = 0; j <= i; j += 1) {
      work.gram[row + j] = forgetting * (work.gram[row + j] ?? 0) + xi * (x[j] ?? 0)
    }
    work.cross[i] = forgetting * (work.cross[i] ?? 0) + xi * target
    work.squares[i] = (work.squares[i] ?? 0) + share * (xi * xi - (work.squares[i] ?? 0))
  }
  work.sinceSolved += 1
  if (work.rows === ROWS_TO_BEGIN) {
    moveOrigin(work)
    // Nothing is known yet that the penalty could pull to, but the mean.
    work.centre.fill(0)
  }
  if (work.rows < ROWS_TO_BEGIN) work.coefficients[0] = (work.cross[0] ?? 0) / work.weight
  else if (work.sinceSolved >= (work.options.solveEvery ?? Math.ceil(d / 16))) solve(work)
  return { kind: 'learnt', error, jumped }
}

function startAnew(work: Work): void {
  if (work.weight >= ROWS_TO_BEGIN) moveOrigin(work)
  work.gram.fill(0)
  work.cross.fill(0)
  work.weight = 0
  work.centre.set(work.coefficients)
  work.sinceSolved = 0
}

/**
 * Moves the origin to the mean of the rows in the sums; what is predicted stays. The penalty takes coefficients for
 * independent of each other and of the intercept, which they are only around the mean.
 */
function moveOrigin(work: Work): void {
  const { weight, gram, cross, origin, squares, coefficients, centre } = work
  const d = coefficients.length
  const shift = Float64Array.from({ length: d }, (_, i) => (gram[rowAt(i)] ?? 0) / weight)
  const targetShift = (cross[0] ?? 0) / weight
  origin[0] = (origin[0] ?? 0) + targetShift
  cross[0] = 0
  for (const levels of [coefficients, centre]) levels[0] = (levels[0] ?? 0) - targetShift
  for (let i = 1; i < d; i += 1) {
    const move = shift[i] ?? 0
    const row = rowAt(i)
    gram[row] = 0
    for (let j = 1; j <= i; j += 1) {
      gram[row + j] = (gram[row + j] ?? 0) - weight * move * (shift[j] ?? 0)
    }
    cross[i] = (cross[i] ?? 0) - weight * move * targetShift
    const square = squares[i] ?? 0
    squares[i] = Math.max(square - move * move, square / SQUARES_MEMORY)
    for (const levels of [coefficients, centre]) {
      levels[0] = (levels[0] ?? 0) + move * (levels[i] ?? 0)
    }
    origin[i] = (origin[i] ?? 0) + move
  }
}

/** Whether a feature's mean is most of its mean square, as after its level has changed. */
function isFarFromOrigin({ weight, gram, squares }: Work): boolean {
  return squares.some((square, j) => {
    const mean = (gram[rowAt(j)] ?? 0) / weight
    return j > 0 && weight >= ROWS_TO_BEGIN && mean * mean > square / 2
  })
}

function penaltyAfter({ coefficients, options }: Work, usual: number, error: number): number {
  const rows = coefficients.length * (usual / error) ** 2
  return Math.max(SMALLEST_PENALTY, Math.min(options.penalty, rows))
}

/** `(G + A) w = R + A centre`, A diagonal; with a larger A when rounding has made the sum indefinite. */
function solve(work: Work): void {
  if (isFarFromOrigin(work)) moveOrigin(work)
  const d = work.coefficients.length
  const factor = new Float64Array(work.gram.length)
  const solution = new Float64Array(d)
  const inRows = work.penalty + work.options.relativePenalty * work.weight
  for (let strength = 1; strength <= 1e12; strength *= 100) {
    factor.set(work.gram)
    for (let i = 0; i < d; i += 1) {
      const square = Math.max(work.squares[i] ?? 0, SMALLEST_SCALE ** 2)
      const pull = strength * inRows * square
      factor[rowAt(i) + i] = (factor[rowAt(i) + i] ?? 0) + pull
      solution[i] = (work.cross[i] ?? 0) + pull * (work.centre[i] ?? 0)
    }
    if (factorise(factor, d)) {
      solveFactorised(factor, d, solution)
      if (solution.every(Number.isFinite)) {
        work.coefficients.set(solution)
        work.sinceSolved = 0
      }
      return
    }
  }
}
