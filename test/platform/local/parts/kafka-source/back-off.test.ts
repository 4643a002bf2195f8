import { describe, expect, it } from '@jest/globals'

import type { Delivery } from '../../../../../platform/local/manifests/inventory.ts'
import { retryPlan } from '../../../../../platform/local/parts/kafka-source/back-off.ts'

const EMPTY: Delivery = {
  retry: undefined,
  backoffPolicy: undefined,
  backoffDelayMs: undefined,
  timeoutMs: undefined,
  deadLetterSink: undefined,
}

describe('retryPlan', () => {
  // knative-contract.md 2.1 and 2.4, from eventing-kafka-broker v1.23.0
  it.each<[string, Delivery | undefined, number, number, number[]]>([
    ['no delivery block', undefined, 10, 600_000, [600, 1_200, 2_400]],
    ['an empty delivery block', EMPTY, 0, 600_000, [400, 800, 1_600]],
    ['only a back-off', { ...EMPTY, backoffDelayMs: 1_000 }, 0, 600_000, [2_000, 4_000, 8_000]],
    ['only retries', { ...EMPTY, retry: 3 }, 3, 600_000, [400, 800, 1_600]],
    ['only a timeout', { ...EMPTY, timeoutMs: 60_000 }, 0, 60_000, [400, 800, 1_600]],
    [
      'a linear back-off',
      { ...EMPTY, retry: 60, backoffPolicy: 'linear', backoffDelayMs: 1_000 },
      60,
      600_000,
      [1_000, 2_000, 3_000],
    ],
    [
      'an exponential back-off',
      { ...EMPTY, retry: 2, backoffPolicy: 'exponential', backoffDelayMs: 50 },
      2,
      600_000,
      [100, 200, 400],
    ],
    ['a back-off of nothing', { ...EMPTY, retry: 2, backoffDelayMs: 0 }, 2, 600_000, [0, 0, 0]],
    ['a timeout of nothing', { ...EMPTY, timeoutMs: 0 }, 0, 600_000, [400, 800, 1_600]],
  ])('follows Knative with %s', (_, delivery, retries, timeoutMs, waits) => {
    const plan = retryPlan(delivery)

    expect(plan).toMatchObject({ retries, timeoutMs })
    expect([1, 2, 3].map(plan.waitMs)).toEqual(waits)
  })

  it('waits 613.8 seconds in all by default', () => {
    const { retries, waitMs } = retryPlan(undefined)
    const waits = Array.from({ length: retries }, (_, index) => waitMs(index + 1))
    expect(waits.reduce((sum, wait) => sum + wait)).toBe(613_800)
  })

  it('stays a number after very many retries', () => {
    expect(retryPlan(undefined).waitMs(5_000)).toBe(Number.MAX_SAFE_INTEGER)
  })
})
