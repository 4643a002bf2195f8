/** One second of the seed system's stream. */
export interface Sample {
  /** Seconds since the epoch. */
  second: number
  features: Record<string, number>
  target: number
}

const FEATURES = 10
const SAMPLES_A_REGIME = 600
const NOISE = 0.1

/**
 * The sample of one second, a function of (seed, second) alone: scikit-learn's `make_regression` as the seed system
 * calls it. Ten features from N(0, 1), all informative, coefficients from U(0, 100) drawn anew every 600 seconds,
 * no bias, noise from N(0, 0.1²).
 */
export function simulate(seed: number, second: number): Sample {
  const regime = random(seed, REGIME, Math.floor(second / SAMPLES_A_REGIME))
  const sample = random(seed, SAMPLE, second)
  const features: Record<string, number> = {}
  let target = 0
  for (let index = 0; index < FEATURES; index += 1) {
    const value = normal(sample)
    features[`feat_${index}`] = value
    target += 100 * regime() * value
  }
  return { second, features, target: target + NOISE * normal(sample) }
}

const REGIME = 1
const SAMPLE = 2

/** Box and Muller's transform: two uniform draws make one of N(0, 1). */
function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}

/**
 * A stream of uniform draws from [0, 1) with 53 bits, named by three whole numbers: SplitMix64's step and finaliser
 * (Steele, Lea and Flood, OOPSLA 2014) on a state that mixes the names.
 */
function random(seed: number, purpose: number, index: number): () => number {
  let state = mix(mix(mix(BigInt(seed)) + BigInt(purpose)) + BigInt(index))
  return () => {
    state = BigInt.asUintN(64, state + GOLDEN_GAMMA)
    return Number(mix(state) >> 11n) / 2 ** 53
  }
}

const GOLDEN_GAMMA = 0x9e3779b97f4a7c15n

function mix(value: bigint): bigint {
  let bits = BigInt.asUintN(64, value)
  bits = BigInt.asUintN(64, (bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n)
  bits = BigInt.asUintN(64, (bits ^ (bits >> 27n)) * 0x94d049bb133111ebn)
  return bits ^ (bits >> 31n)
}
