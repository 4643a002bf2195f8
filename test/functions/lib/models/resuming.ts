import { expect } from '@jest/globals'
import * as fc from 'fast-check'

/**
 * Promises that a state survives being stored: after any of the steps it may be written as JSON and read again, and
 * everything after is the same, bit for bit (`toEqual` tells 0 from -0).
 */
export function expectResumes<S, I>(
  begin: S,
  step: (state: S, input: I) => S,
  inputs: fc.Arbitrary<I>,
  { length = 60, runs = 30 } = {},
): void {
  const cases = fc.array(fc.tuple(inputs, fc.boolean()), { minLength: 1, maxLength: length })
  fc.assert(
    fc.property(cases, (steps) => {
      let kept = begin
      let stored = begin
      for (const [input, isStored] of steps) {
        kept = step(kept, input)
        stored = step(isStored ? roundTrip(stored) : stored, input)
      }
      expect(roundTrip(kept)).toEqual(kept)
      expect(stored).toEqual(kept)
    }),
    { numRuns: runs, seed: 8 },
  )
}

/** The state as it comes back from a store; the type is that of what went in. */
export function roundTrip<S>(state: S): S {
  return JSON.parse(JSON.stringify(state))
}

/** Any number a careless producer may send. */
export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.double({ min: -100, max: 100, noNaN: true }),
  fc.double(),
  fc.constantFrom(0, -0, 1, 1e300, -1e300, 1e49, 5e-324, Number.NaN, Infinity, -Infinity),
)
