import { isUsable } from './limits.ts'

export interface AdwinOptions {
  /** How unlikely an alarm is that means nothing: the smaller, the fewer. */
  delta: number
  /** Cuts are looked for after every so many values. */
  clock: number
  /** Values seen before cuts are looked for. */
  grace: number
  /** Both sides of a cut have at least so many values. */
  minimum: number
  /** Buckets of one size, before the oldest two become one of twice the size. */
  buckets: number
}

/**
 * The window of ADWIN as an exponential histogram; plain JSON. Level k has buckets of 2^k values, oldest first, with
 * their sums and their sums of squared deviations; older values are in higher levels.
 */
export interface Adwin {
  options: AdwinOptions
  /** Values seen since the beginning. */
  ticks: number
  width: number
  total: number
  squares: number
  levels: { totals: number[]; squares: number[] }[]
}

interface Part {
  width: number
  total: number
  squares: number
}

/** A detector that has seen nothing. The defaults are River's. */
export function newAdwin(options: Partial<AdwinOptions> = {}): Adwin {
  const defaults = { delta: 0.002, clock: 32, grace: 10, minimum: 5, buckets: 5 }
  return {
    options: { ...defaults, ...options },
    ticks: 0,
    width: 0,
    total: 0,
    squares: 0,
    levels: [],
  }
}

/**
 * ADWIN2 (Bifet and Gavaldà, Learning from Time-Changing Data with Adaptive Windowing, 2007): a window that drops its
 * oldest values as long as it can be cut in two whose means differ by more than chance allows.
 *
 * The bound is that of the paper's section 4 with `delta / log(width)`, and counts a part's values less `minimum -
 * 1`, as the authors' MOA does; cuts are tried at every border of buckets, where MOA and River leave out one in each
 * level. `alarm` says that something was dropped; `rose` that the mean is higher than what was dropped: on losses
 * only that is drift. A value that is no number of at most 1e50 is passed over. O(log width) numbers, and O(log
 * width) a look for cuts.
 */
export function watchWindow(
  before: Adwin,
  value: number,
): { state: Adwin; alarm: boolean; rose: boolean } {
  if (!isUsable(value)) return { state: before, alarm: false, rose: false }
  const levels = before.levels.map(({ totals, squares }) => ({
    totals: [...totals],
    squares: [...squares],
  }))
  const state = { ...before, levels, ticks: before.ticks + 1 }
  append(state, value)
  const { clock, grace } = state.options
  if (state.ticks % clock !== 0 || state.width <= grace) {
    return { state, alarm: false, rose: false }
  }
  let alarm = false
  let rose = false
  for (let cut = firstCut(state); cut !== undefined; cut = firstCut(state)) {
    if (!alarm) rose = cut.rose
    alarm = true
    dropOldest(state)
  }
  return { state, alarm, rose }
}

function append(state: Adwin, value: number): void {
  const joined = join(state, { width: 1, total: value, squares: 0 })
  Object.assign(state, joined)
  push(state, 0, value, 0)
  for (let level = 0; level < state.levels.length; level += 1) {
    const { totals, squares } = state.levels[level] ?? { totals: [], squares: [] }
    if (totals.length <= state.options.buckets) break
    const [first, second] = [0, 1].map((index) => ({
      width: 2 ** level,
      total: totals[index] ?? 0,
      squares: squares[index] ?? 0,
    }))
    if (first === undefined || second === undefined) break
    const both = join(first, second)
    push(state, level + 1, both.total, both.squares)
    totals.splice(0, 2)
    squares.splice(0, 2)
  }
}

function push(state: Adwin, level: number, total: number, squares: number): void {
  const existing = state.levels[level]
  if (existing === undefined) state.levels.push({ totals: [total + 0], squares: [squares] })
  else {
    existing.totals.push(total + 0)
    existing.squares.push(squares)
  }
}

/** Two parts as one (Chan, Golub and LeVeque, 1979). */
function join(a: Part, b: Part): Part {
  const width = a.width + b.width
  if (a.width === 0) return { width, total: b.total, squares: b.squares }
  const apart = a.total / a.width - b.total / b.width
  return {
    width,
    total: a.total + b.total,
    squares: a.squares + b.squares + (apart * apart * a.width * b.width) / width,
  }
}

/** The oldest place where the window is to be cut, if there is one. */
function firstCut(state: Adwin): { rose: boolean } | undefined {
  const { minimum } = state.options
  let width = 0
  let total = 0
  for (let level = state.levels.length - 1; level >= 0; level -= 1) {
    for (const sum of state.levels[level]?.totals ?? []) {
      width += 2 ** level
      total += sum
      const rest = state.width - width
      if (width < minimum) continue
      if (rest < minimum) return undefined
      const rise = (state.total - total) / rest - total / width
      if (Math.abs(rise) > chance(state, width, rest)) return { rose: rise > 0 }
    }
  }
  return undefined
}

/** How far two means may differ by chance: the paper's epsilon_cut. */
function chance({ options, width, squares }: Adwin, left: number, right: number): number {
  const confidence = Math.log((2 * Math.log(width)) / options.delta)
  const reciprocal = 1 / (left - options.minimum + 1) + 1 / (right - options.minimum + 1)
  const variance = squares / width
  return Math.sqrt(2 * reciprocal * variance * confidence) + (2 / 3) * confidence * reciprocal
}

function dropOldest(state: Adwin): void {
  const level = state.levels.length - 1
  const oldest = state.levels[level]
  const total = oldest?.totals.shift() ?? 0
  const squares = oldest?.squares.shift() ?? 0
  const dropped = 2 ** level
  const width = state.width - dropped
  const rest = state.total - total
  const apart = total / dropped - rest / width
  state.squares = Math.max(
    0,
    state.squares - squares - (apart * apart * dropped * width) / state.width,
  )
  state.width = width
  state.total = rest + 0
  while (state.levels.length > 0 && state.levels.at(-1)?.totals.length === 0) state.levels.pop()
}
