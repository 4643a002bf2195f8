import { describe, expect, it } from '@jest/globals'
import { createBreaker } from '../../../../../platform/local/parts/service/breaker.ts'
import type { Breaker } from '../../../../../platform/local/parts/service/breaker.ts'

describe('breaker', () => {
  it.each([
    { concurrency: 1, instances: 1, now: 1, waiting: 10 },
    { concurrency: 3, instances: 1, now: 3, waiting: 30 },
    { concurrency: 3, instances: 2, now: 6, waiting: 60 },
  ])(
    'lets $now in and $waiting wait with concurrency $concurrency and $instances instances, refuses the next',
    ({ concurrency, instances, now, waiting }) => {
      const breaker = createBreaker({ concurrency, buffer: 10_000 })
      breaker.resize(instances)
      expect(enter(breaker, now)).toEqual({ now, waiting: 0, full: 0 })
      expect(enter(breaker, waiting + 5)).toEqual({ now: 0, waiting, full: 5 })
      expect(breaker).toMatchObject({ inFlight: now, queued: waiting })
    },
  )

  it('buffers so many while no instance is ready, refuses the next', () => {
    const breaker = createBreaker({ concurrency: 1, buffer: 100 })
    expect(enter(breaker, 101)).toEqual({ now: 0, waiting: 100, full: 1 })
  })

  it('has no limit of its own with concurrency 0, and still a bound', () => {
    const breaker = createBreaker({ concurrency: 0, buffer: 10_000 })
    breaker.resize(1)
    expect(enter(breaker, 12_000)).toEqual({ now: 1_000, waiting: 10_000, full: 1_000 })
  })

  it('lets those who wait go in the order they came', () => {
    const breaker = createBreaker({ concurrency: 2, buffer: 100 })
    const went: number[] = []
    for (let number = 0; number < 6; number++) breaker.enter({ go: () => went.push(number) })
    breaker.resize(1)
    expect(went).toEqual([0, 1])
    for (let left = 0; left < 4; left++) breaker.leave()
    expect(went).toEqual([0, 1, 2, 3, 4, 5])
    expect(breaker).toMatchObject({ inFlight: 2, queued: 0 })
  })

  it('refuses none of those who gathered while nothing was ready, nor those who come behind them', () => {
    const breaker = createBreaker({ concurrency: 1, buffer: 100 })
    enter(breaker, 50)
    breaker.resize(1)
    expect(enter(breaker, 1)).toEqual({ now: 0, waiting: 1, full: 0 })
    expect(breaker.queued).toBe(50)
  })

  it('is strict again once those who gathered have gone', () => {
    const breaker = createBreaker({ concurrency: 1, buffer: 100 })
    enter(breaker, 50)
    breaker.resize(1)
    while (breaker.queued > 10) breaker.leave()
    expect(enter(breaker, 1)).toEqual({ now: 0, waiting: 0, full: 1 })
  })

  it('lets one who comes back go first, and never refuses it', () => {
    const breaker = createBreaker({ concurrency: 1, buffer: 2 })
    const went: string[] = []
    breaker.enter({ go: () => went.push('first') })
    breaker.enter({ go: () => went.push('second') })
    expect(breaker.enter({ go: () => went.push('back') }, 'again')).toBe('waiting')
    breaker.resize(1)
    expect(went).toEqual(['back'])
  })

  it('forgets one who gives up', () => {
    const breaker = createBreaker({ concurrency: 1, buffer: 10 })
    const went: string[] = []
    const impatient = { go: () => went.push('impatient') }
    breaker.enter(impatient)
    breaker.enter({ go: () => went.push('patient') })
    breaker.withdraw(impatient)
    breaker.resize(1)
    expect(went).toEqual(['patient'])
  })

  it('holds everybody back while the only instance is away', () => {
    const breaker = createBreaker({ concurrency: 1, buffer: 100 })
    breaker.resize(1)
    breaker.resize(0)
    expect(enter(breaker, 20)).toEqual({ now: 0, waiting: 20, full: 0 })
  })
})

function enter(breaker: Breaker, times: number) {
  const outcomes = { now: 0, waiting: 0, full: 0 }
  for (let time = 0; time < times; time++) outcomes[breaker.enter({ go: () => undefined })]++
  return outcomes
}
