/** A request that waits for its turn. */
export interface Waiter {
  /** Its turn has come: it holds a place now, and gives it back with `leave`. */
  go: () => void
}

/**
 * Decides who may go to the instances of a revision, in the order of arrival.
 *
 * While no instance is ready requests wait in a large buffer (Knative's activator). Once one is, at most
 * `concurrency` per instance go at once and ten times as many wait (its queue-proxy); those who came before are
 * served first and never refused. It knows no time and no process.
 */
export interface Breaker {
  /** `now`: go, a place is held. `waiting`: `go` is called later. `full`: refused. One that comes back is never refused and goes first. */
  readonly enter: (waiter: Waiter, again?: 'again') => 'now' | 'waiting' | 'full'
  /** Takes one who waits out of the line, e.g. because its caller went away. */
  readonly withdraw: (waiter: Waiter) => void
  /** Gives a place back. */
  readonly leave: () => void
  /** How many instances are ready now. */
  readonly resize: (instances: number) => void
  /** Requests that hold a place, and requests that wait for one. */
  readonly inFlight: number
  readonly queued: number
}

export interface BreakerLimits {
  /** Places per instance; 0: no limit of the Service's own. */
  readonly concurrency: number
  /** How many may wait while no instance is ready. */
  readonly buffer: number
}

// Without a limit of its own a Service still has a bound: so many sockets to one process, the rest wait in the buffer.
const UNLIMITED = 1_000
const QUEUED_PER_PLACE = 10

export function createBreaker({ concurrency, buffer }: BreakerLimits): Breaker {
  const perInstance = concurrency === 0 ? UNLIMITED : concurrency
  const returned = new Set<Waiter>()
  const arrived = new Set<Waiter>()
  let inFlight = 0
  let places = 0
  // From the moment no instance is ready until what gathered meanwhile has gone down to a queue's length.
  let buffering = true

  const queued = () => returned.size + arrived.size
  const queueLength = () => (concurrency === 0 ? buffer : places * QUEUED_PER_PLACE)
  const letIn = () => {
    while (inFlight < places) {
      const [next] = returned.size > 0 ? returned : arrived
      if (next === undefined) break
      returned.delete(next)
      arrived.delete(next)
      inFlight++
      next.go()
    }
    if (places > 0 && queued() <= queueLength()) buffering = false
  }

  return {
    enter(waiter, again) {
      if (inFlight < places) {
        inFlight++
        return 'now'
      }
      if (again !== undefined) {
        returned.add(waiter)
        return 'waiting'
      }
      if (queued() >= (buffering ? buffer : queueLength())) return 'full'
      arrived.add(waiter)
      return 'waiting'
    },
    withdraw(waiter) {
      returned.delete(waiter)
      arrived.delete(waiter)
    },
    leave() {
      inFlight--
      letIn()
    },
    resize(instances) {
      places = instances * perInstance
      if (places === 0) buffering = true
      letIn()
    },
    get inFlight() {
      return inFlight
    },
    get queued() {
      return queued()
    },
  }
}
