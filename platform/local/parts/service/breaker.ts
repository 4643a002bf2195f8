/** A request that waits for a place. */
export interface Waiter<Place> {
  /** Its turn has come, and the place is its own. */
  go: (place: Place) => void
}

export interface BreakerNeeds<Place> {
  /** Takes a free place, when there is one. */
  readonly take: () => Place | undefined
  /** How many may wait now. Those who came when more might are served all the same. */
  readonly longest: () => number
}

/**
 * Lets requests to places in the order of arrival, and holds those for which there is none: Knative's breaker. What a
 * place is, and how many there are, others decide; it knows no time and no process.
 */
export interface Breaker<Place> {
  /** A place, which is taken now; `waiting`: `go` is called later; `full`: refused. One that comes back is never refused and goes first. */
  readonly enter: (waiter: Waiter<Place>, again?: 'again') => { place: Place } | 'waiting' | 'full'
  /** Takes one who waits out of the line, e.g. because its caller went away. */
  readonly withdraw: (waiter: Waiter<Place>) => void
  /** A place may have become free. */
  readonly wake: () => void
  /** Empties the line: they wait elsewhere, in this order. */
  readonly takeAll: () => Waiter<Place>[]
  readonly queued: number
}

export function createBreaker<Place>({ take, longest }: BreakerNeeds<Place>): Breaker<Place> {
  const returned = new Set<Waiter<Place>>()
  const arrived = new Set<Waiter<Place>>()
  const queued = () => returned.size + arrived.size

  return {
    enter(waiter, again) {
      if (again !== undefined || queued() === 0) {
        const place = take()
        if (place !== undefined) return { place }
      }
      if (again !== undefined) {
        returned.add(waiter)
        return 'waiting'
      }
      if (queued() >= longest()) return 'full'
      arrived.add(waiter)
      return 'waiting'
    },
    withdraw(waiter) {
      returned.delete(waiter)
      arrived.delete(waiter)
    },
    wake() {
      while (queued() > 0) {
        const place = take()
        if (place === undefined) return
        const line = returned.size > 0 ? returned : arrived
        for (const next of line) {
          line.delete(next)
          next.go(place)
          break
        }
      }
    },
    takeAll() {
      const all = [...returned, ...arrived]
      returned.clear()
      arrived.clear()
      return all
    },
    get queued() {
      return queued()
    },
  }
}
