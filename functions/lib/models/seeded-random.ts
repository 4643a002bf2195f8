/**
 * A stream of uniform draws from [0, 1) with 53 bits, the same for the same state: SplitMix64 (Steele, Lea and Flood,
 * OOPSLA 2014).
 */
export function uniformDraws(from: bigint): () => number {
  let state = from
  return () => {
    state = BigInt.asUintN(64, state + GOLDEN_GAMMA)
    return Number(mixBits(state) >> 11n) / 2 ** 53
  }
}

const GOLDEN_GAMMA = 0x9e3779b97f4a7c15n

/** SplitMix64's finaliser: numbers that differ little become 64 bits that have nothing in common. */
export function mixBits(value: bigint): bigint {
  let bits = BigInt.asUintN(64, value)
  bits = BigInt.asUintN(64, (bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n)
  bits = BigInt.asUintN(64, (bits ^ (bits >> 27n)) * 0x94d049bb133111ebn)
  return bits ^ (bits >> 31n)
}

/** Puts numbers in an order drawn from `uniform` (Fisher and Yates), in place. */
export function shuffle(numbers: Int32Array, uniform: () => number): void {
  for (let left = numbers.length - 1; left > 0; left -= 1) {
    const drawn = Math.floor(uniform() * (left + 1))
    const last = numbers[left] ?? 0
    numbers[left] = numbers[drawn] ?? 0
    numbers[drawn] = last
  }
}
