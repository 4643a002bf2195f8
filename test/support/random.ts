/** Whole numbers below a bound, the same for the same seed: a linear congruential generator (Numerical Recipes). */
export function randomBelow(seed: number): (bound: number) => number {
  let state = seed >>> 0
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}

/** The items in an order drawn from a seed (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const below = randomBelow(seed)
  const left = [...items]
  const drawn: T[] = []
  while (left.length > 0) drawn.push(...left.splice(below(left.length), 1))
  return drawn
}

/** Numbers of mean 0 and variance 1, near enough to normal ones, the same for the same seed: sums of twelve uniform ones. */
export function randomNormal(seed: number): () => number {
  const below = randomBelow(seed)
  const uniform = () => below(1_000_000) / 1_000_000
  return () => Array.from({ length: 12 }, uniform).reduce((sum, value) => sum + value, -6)
}
