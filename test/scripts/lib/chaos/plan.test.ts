import { describe, expect, it } from '@jest/globals'

import { drawPlan, SERVICES } from '../../../../scripts/lib/chaos/plan.ts'

const embedded = { kafka: false, store: 'embedded' } as const

describe('the plan of a chaos run', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(drawPlan(1, 5_000, embedded)).toEqual(drawPlan(1, 5_000, embedded))
    expect(drawPlan(2, 5_000, embedded)).not.toEqual(drawPlan(1, 5_000, embedded))
  })

  it.each([120, 5_000])('of %d events holds every kind, in the order of their places', (events) => {
    const plan = drawPlan(9, events, embedded)
    const kinds = ['kill-function', 'kill-platform', 'log-full', 'store-away', 'store-slow']
    expect([...new Set(plan.map(({ kind }) => kind))].toSorted()).toEqual(kinds)
    const killed = plan.flatMap((one) => (one.kind === 'kill-function' ? [one.service] : []))
    expect([...new Set(killed)].toSorted()).toEqual([...SERVICES].toSorted())
    const places = plan.map(({ at }) => at)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places.every((at) => at >= 0 && at < events)).toBe(true)
  })

  it('leaves the log of a real Kafka alone', () => {
    const kinds = drawPlan(1, 5_000, { kafka: true, store: 'server' }).map(({ kind }) => kind)
    expect(kinds).not.toContain('log-full')
  })

  it('keeps the embedded store away longer than its writers wait', () => {
    const away = drawPlan(1, 5_000, embedded).flatMap((one) =>
      one.kind === 'store-away' ? [one.ms] : [],
    )
    expect(Math.min(...away)).toBeGreaterThan(10_000)
  })
})
