import { mixBits, uniformDraws } from '../lib/models/seeded-random.ts'

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

/** A stream of uniform draws from [0, 1), named by three whole numbers. */
function random(seed: number, purpose: number, index: number): () => number {
  return uniformDraws(mixBits(mixBits(mixBits(BigInt(seed)) + BigInt(purpose)) + BigInt(index)))
}
