import { draw, drawWhole } from './draw.ts'

/** Something that is broken on purpose once `at` events have been published. */
export type Break = { readonly at: number } & (
  | { readonly kind: 'kill-function'; readonly service: string }
  | { readonly kind: 'kill-platform' }
  /** Writers wait so many milliseconds, less than they have patience for. */
  | { readonly kind: 'store-slow'; readonly ms: number }
  /** Writers wait longer than that. */
  | { readonly kind: 'store-away'; readonly ms: number }
  /** The log may grow by so many bytes, then refuses. */
  | { readonly kind: 'log-full'; readonly room: number }
)

export type BreakKind = Break['kind']

export const SERVICES = ['persist', 'predict', 'score', 'evaluate', 'train'] as const
/** So many events have a death of each function, a slow and an absent store. */
const EVENTS_A_ROUND = 2_500
/** The embedded store's writers wait ten seconds for another one; a server's clients do not wait for a cut connection. */
const AWAY_MS = { embedded: [10_500, 12_000], server: [500, 4_000] } as const
const SLOW_MS = [300, 2_000] as const

/**
 * Draws what is broken in a run of so many events, in the order of `at`: each kind at least once, in an order and at
 * places that follow from the seed. The log of a real Kafka has no quota of ours.
 */
export function drawPlan(
  seed: number,
  events: number,
  { kafka, store }: { readonly kafka: boolean; readonly store: 'embedded' | 'server' },
): Break[] {
  const rounds = Math.max(1, Math.round(events / EVENTS_A_ROUND))
  const between = ([least, most]: readonly [number, number], name: string, round: number) =>
    drawWhole(least, most, seed, name, round)
  const breaks = Array.from({ length: rounds }, (_, round) => [
    ...SERVICES.map((service) => ({ kind: 'kill-function', service }) as const),
    { kind: 'kill-platform' } as const,
    { kind: 'store-slow', ms: between(SLOW_MS, 'slow', round) } as const,
    { kind: 'store-away', ms: between(AWAY_MS[store], 'away', round) } as const,
    ...(kafka
      ? []
      : [{ kind: 'log-full', room: drawWhole(8, 32, seed, 'room', round) * 1_024 } as const]),
  ]).flat()
  const order = breaks
    .map((one, index) => ({ one, place: draw(seed, 'order', index) }))
    .toSorted((a, b) => a.place - b.place)
  return order.map(({ one }, index) => {
    // Each in a stretch of its own, so that what one of them does can be seen before the next.
    const place = (index + 0.1 + 0.8 * draw(seed, 'at', index)) / order.length
    return { ...one, at: Math.floor(place * events) }
  })
}
