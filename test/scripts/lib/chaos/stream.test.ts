import { describe, expect, it } from '@jest/globals'

import { drawStream, LEAST_EVENTS } from '../../../../scripts/lib/chaos/stream.ts'

const eventsOf = (stream: ReturnType<typeof drawStream>) =>
  stream.phases.flatMap(({ events }) => events)

describe('the stream of a chaos run', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(drawStream(4, 500)).toEqual(drawStream(4, 500))
    expect(drawStream(5, 500)).not.toEqual(drawStream(4, 500))
  })

  it.each([LEAST_EVENTS, 200, 999, 5_000])(
    'of %d events has so many, each under its own id',
    (count) => {
      const ids = eventsOf(drawStream(1, count)).map(({ id }) => id)
      expect(ids).toHaveLength(count)
      expect(new Set(ids).size).toBe(count)
    },
  )

  it.each([LEAST_EVENTS, 5_000])(
    'of %d events has features and target of each sample in one phase, of a dozen at least',
    (count) => {
      const stream = drawStream(1, count)
      const perPhase = stream.phases.map(({ events }) => {
        const named = (kind: string) =>
          events
            .flatMap(({ id }) => (id.startsWith(kind) ? [id.slice(kind.length)] : []))
            .toSorted()
        expect(named('features-')).toEqual(named('target-'))
        return named('features-').length
      })
      expect(Math.min(...perPhase)).toBeGreaterThanOrEqual(12)
      expect(perPhase.reduce((sum, one) => sum + one, 0)).toBe(stream.samples)
      expect(stream.samples - (perPhase[0] ?? 0)).toBe(stream.scored)
    },
  )

  it('has poison, two partition keys, and targets that come before their features', () => {
    const stream = drawStream(1, 1_000)
    const events = eventsOf(stream)
    expect(stream.poisoned.length).toBeGreaterThan(50)
    expect([...new Set(events.map(({ partitionKey }) => partitionKey))].toSorted()).toEqual([
      'left',
      'right',
    ])
    const order = events.map(({ id }) => id)
    const early = Array.from({ length: stream.samples }, (_, sample) => sample).filter(
      (sample) => order.indexOf(`target-${sample}`) < order.indexOf(`features-${sample}`),
    )
    expect(early.length).toBeGreaterThan(0)
  })
})
