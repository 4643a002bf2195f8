import { describe, expect, it } from '@jest/globals'
import { createBreaker } from '../../../../../platform/local/parts/service/breaker.ts'

describe('breaker', () => {
  it('gives places while there are some, then lets as many wait as may, and refuses the next', () => {
    const { enter } = opened({ places: 3, longest: 30 })
    expect(outcomes(3, enter)).toEqual({ now: 3, waiting: 0, full: 0 })
    expect(outcomes(35, enter)).toEqual({ now: 0, waiting: 30, full: 5 })
  })

  it('lets those who wait go in the order they came', () => {
    const { breaker, free, enter } = opened({ places: 0, longest: 100 })
    const went: number[] = []
    for (let number = 0; number < 6; number++) enter(() => went.push(number))
    free(2)
    expect(went).toEqual([0, 1])
    free(4)
    expect(went).toEqual([0, 1, 2, 3, 4, 5])
    expect(breaker.queued).toBe(0)
  })

  it('lets nobody overtake those who wait', () => {
    const { free, enter, add } = opened({ places: 0, longest: 100 })
    const went: string[] = []
    enter(() => went.push('first'))
    add(1)
    expect(enter(() => went.push('second'))).toBe('waiting')
    free(0)
    expect(went).toEqual(['first'])
  })

  it('serves those who gathered when more might wait', () => {
    const { breaker, limit, free, enter } = opened({ places: 0, longest: 100 })
    outcomes(50, enter)
    limit(10)
    expect(outcomes(1, enter)).toEqual({ now: 0, waiting: 0, full: 1 })
    free(41)
    expect(breaker.queued).toBe(9)
    expect(outcomes(1, enter)).toEqual({ now: 0, waiting: 1, full: 0 })
  })

  it('lets one who comes back go first, and never refuses it', () => {
    const { breaker, free, enter } = opened({ places: 0, longest: 2 })
    const went: string[] = []
    enter(() => went.push('first'))
    enter(() => went.push('second'))
    expect(breaker.enter({ go: () => went.push('back') }, 'again')).toBe('waiting')
    free(1)
    expect(went).toEqual(['back'])
  })

  it('forgets one who gives up', () => {
    const { breaker, free, enter } = opened({ places: 0, longest: 10 })
    const went: string[] = []
    const impatient = { go: () => went.push('impatient') }
    breaker.enter(impatient)
    enter(() => went.push('patient'))
    breaker.withdraw(impatient)
    free(1)
    expect(went).toEqual(['patient'])
  })

  it('hands over all who wait, those who came back first', () => {
    const { breaker } = opened({ places: 0, longest: 10 })
    const [first, second, back] = [1, 2, 3].map(() => ({ go: () => undefined }))
    for (const waiter of [first, second]) if (waiter) breaker.enter(waiter)
    if (back) breaker.enter(back, 'again')
    expect(breaker.takeAll()).toEqual([back, first, second])
    expect(breaker.queued).toBe(0)
  })
})

function opened(given: { places: number; longest: number }) {
  let { places, longest } = given
  const breaker = createBreaker({
    take: () => (places > 0 ? places-- : undefined),
    longest: () => longest,
  })
  return {
    breaker,
    enter: (go: () => void = () => undefined) => breaker.enter({ go }),
    add: (more: number) => (places += more),
    free: (more: number) => {
      places += more
      breaker.wake()
    },
    limit: (most: number) => (longest = most),
  }
}

function outcomes(
  times: number,
  enter: () => ReturnType<ReturnType<typeof opened>['breaker']['enter']>,
) {
  const counts = { now: 0, waiting: 0, full: 0 }
  for (let time = 0; time < times; time++) {
    const turn = enter()
    counts[typeof turn === 'string' ? turn : 'now']++
  }
  return counts
}
