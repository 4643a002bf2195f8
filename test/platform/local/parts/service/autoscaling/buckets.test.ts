import { describe, expect, it } from '@jest/globals'
import { createBuckets } from '../../../../../../platform/local/parts/service/autoscaling/buckets.ts'

// The figures are those of pkg/autoscaler/aggregation/bucketing_test.go in knative/serving v1.23.0.

const NOW = 1_000_000_400
const at = (seconds: number) => NOW + seconds * 1_000

function filled(aggregation: 'linear' | 'weighted-exponential' = 'linear') {
  const buckets = createBuckets(5_000, aggregation)
  for (let second = 0; second < 5; second++) buckets.record(at(second), second + 1)
  return buckets
}

describe('the linear average', () => {
  it('is of the seconds since the first value only', () => {
    const buckets = createBuckets(5_000)
    expect(buckets.isEmpty(NOW)).toBe(true)
    buckets.record(NOW, 1)
    expect(buckets.isEmpty(NOW)).toBe(false)
    expect(buckets.average(NOW)).toBe(1)
  })

  it.each([
    ['a full window', 4, 15 / 5],
    ['a reader who is behind', 3.6, 15 / 5],
    ['a short hole', 6, (15 - 1 - 2) / (5 - 2)],
    ['a hole as long as the window', 10, 0],
  ])('of %s', (_name, seconds, average) => {
    expect(filled().average(at(seconds))).toBe(average)
  })

  it('counts the seconds of a hole as 0 once something follows', () => {
    const buckets = filled()
    buckets.record(at(6), 91)
    expect(buckets.average(at(6))).toBe((15 - 1 - 2 + 91) / 5)
    buckets.record(at(60), 1984)
    expect(buckets.average(at(60))).toBe(1984)
  })

  it('takes values that come late, as far as the window reaches', () => {
    const buckets = createBuckets(5_000)
    buckets.record(at(0), 1984)
    buckets.record(at(-3), 4)
    expect(buckets.average(at(0))).toBe((4 + 1984) / 4)
    buckets.record(at(1), 5)
    expect(buckets.average(at(1))).toBe((4 + 1984 + 5) / 5)
    buckets.record(at(-2), 10)
    expect(buckets.average(at(1))).toBe((4 + 10 + 1984 + 5) / 5)
    for (const early of [-5, -4]) buckets.record(at(early), 10)
    expect(buckets.average(at(1))).toBe((4 + 10 + 1984 + 5) / 5)
    buckets.record(at(6), 10)
    expect(buckets.average(at(6))).toBe(10)
  })

  it('of values that come backwards', () => {
    const buckets = createBuckets(5_000)
    for (let second = 8; second >= 0; second--) buckets.record(at(second), 5)
    expect(buckets.average(at(5))).toBe(5)
  })

  it('forgets what a hole has passed', () => {
    const buckets = filled()
    buckets.record(at(8), 2)
    expect(buckets.average(at(8))).toBe(7 / 5)
  })

  it('adds up what comes in one second', () => {
    const buckets = createBuckets(120_000)
    for (const value of [1, 10]) buckets.record(at(0), value)
    expect(buckets.average(at(0))).toBe(11)
  })
})

describe('the weighted average', () => {
  it('falls with the age of its values', () => {
    const weight = 1 - 0.0001 ** (1 / 5)
    const buckets = createBuckets(5_000, 'weighted-exponential')
    buckets.record(at(0), 2)
    expect(buckets.average(at(0))).toBeCloseTo(2 * weight, 10)
    expect(buckets.average(at(1))).toBeCloseTo(2 * weight * (1 - weight), 10)
    buckets.record(at(1), 2)
    expect(buckets.average(at(1))).toBeCloseTo(2 * weight * (1 - weight) + 2 * weight, 10)
    expect(buckets.average(at(16))).toBe(0)
  })

  it('of a window that was passed once', () => {
    const buckets = createBuckets(5_000, 'weighted-exponential')
    for (let second = 0; second < 6; second++) buckets.record(at(second), second + 1)
    expect(buckets.average(at(5))).toBeCloseTo(5.812, 3)
  })
})
