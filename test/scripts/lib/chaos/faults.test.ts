import { describe, expect, it } from '@jest/globals'

import { faultOf, FAULTS, ratesFor } from '../../../../scripts/lib/chaos/faults.ts'

const rates = ratesFor(1_000)
const drawn = (seed: number, attempt = 1) =>
  Array.from({ length: 20_000 }, (_, index) =>
    faultOf(seed, rates, { to: 'persist', event: `/test ${index}`, attempt }),
  )

describe('the fault of an attempt', () => {
  it('is the same for the same seed, receiver, event and attempt, whenever it is asked for', () => {
    expect(drawn(3)).toEqual(drawn(3))
    expect(drawn(4)).not.toEqual(drawn(3))
    expect(drawn(3, 2)).not.toEqual(drawn(3))
  })

  it.each(FAULTS)('%s comes about as often as its rate says', (fault) => {
    const count = drawn(1).filter((one) => one === fault).length
    const mean = 20_000 * rates[fault]
    expect(Math.abs(count - mean)).toBeLessThan(5 * Math.sqrt(mean) + 1)
  })

  it('repeats every training in some way', () => {
    const faults = Array.from({ length: 100 }, (_, index) =>
      faultOf(1, rates, { to: 'train', event: `/ping tick-${index}`, attempt: 1 }),
    )
    expect(new Set(faults)).toEqual(new Set(['answer-lost', 'stale', 'twice']))
  })

  it('is none from the fourth attempt on, so that every event gets through', () => {
    expect(drawn(1, 4).every((fault) => fault === undefined)).toBe(true)
  })
})
