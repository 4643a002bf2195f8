import { setImmediate } from 'node:timers'

import type { Clock } from './clock.ts'

interface Sleeper {
  readonly due: number
  readonly isTick: boolean
  readonly wake: () => void
}

interface Waiter {
  readonly order: number
  readonly go: () => void
}

/**
 * A clock in lock step, from `start` (virtual milliseconds) on. The same things are done in the same order in each run,
 * however fast the machine is, when everything with an effect is done in a `turn` and what follows a turn or a wait
 * asks for its own turn without waiting for the outside: promises that are settled already may lie between, no timers
 * and no input or output.
 *
 * With `jumps` it goes from one wait that is no tick to the next, and wakes each tick on the way at most once, with the
 * time of arrival.
 */
export function lockStep({ start, jumps }: { start: number; jumps: boolean }): Clock {
  let now = start
  let hasBegun = false
  let isBusy = false
  let isPlanned = false
  const sleeping = new Set<Sleeper>()
  const waiting = new Set<Waiter>()
  /** Ticks that are passed on the way to `now`, which it has reached already. */
  let passed: Sleeper[] = []

  /** Goes on once what was just woken has asked for what it wants. */
  function plan(): void {
    if (isPlanned || isBusy || !hasBegun) return
    isPlanned = true
    setImmediate(() => {
      isPlanned = false
      if (!isBusy) goOn()
    })
  }

  function goOn(): void {
    const next = first(waiting, (waiter) => waiter.order)
    if (next === undefined) {
      advance()
      return
    }
    waiting.delete(next)
    isBusy = true
    next.go()
  }

  function advance(): void {
    passed = passed.filter((sleeper) => sleeping.has(sleeper))
    const sleeper = passed.shift() ?? arrival()
    if (sleeper === undefined) return
    sleeping.delete(sleeper)
    sleeper.wake()
    plan()
  }

  /** Who is woken next, the time being theirs. */
  function arrival(): Sleeper | undefined {
    const goals = jumps ? [...sleeping].filter(({ isTick }) => !isTick) : sleeping
    const goal = first(goals, ({ due }) => due)
    if (goal === undefined) return undefined
    now = Math.max(now, goal.due)
    if (!jumps) return goal
    passed = [...sleeping].filter(({ isTick, due }) => isTick && due <= now).toSorted(byDue)
    return passed.shift() ?? goal
  }

  return {
    speed: Infinity,
    jumps,
    now: () => now,
    begin() {
      hasBegun = true
      plan()
    },
    sleep: (ms, signal, kind) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        const sleeper: Sleeper = {
          due: now + Math.max(0, Math.ceil(ms)),
          isTick: kind === 'tick',
          wake() {
            signal?.removeEventListener('abort', giveUp)
            resolve()
          },
        }
        const giveUp = () => {
          sleeping.delete(sleeper)
          reject(reasonOf(signal))
          plan()
        }
        signal?.addEventListener('abort', giveUp, { once: true })
        sleeping.add(sleeper)
        plan()
      }),
    async turn(order, work, signal) {
      await new Promise<void>((resolve, reject) => {
        signal?.throwIfAborted()
        const waiter: Waiter = {
          order,
          go() {
            signal?.removeEventListener('abort', giveUp)
            resolve()
          },
        }
        const giveUp = () => {
          waiting.delete(waiter)
          reject(reasonOf(signal))
          plan()
        }
        signal?.addEventListener('abort', giveUp, { once: true })
        waiting.add(waiter)
        plan()
      })
      try {
        return await work()
      } finally {
        isBusy = false
        plan()
      }
    },
  }
}

/** The one with the least value, and among equals the one that came first. */
function first<T>(all: Iterable<T>, valueOf: (one: T) => number): T | undefined {
  let found: T | undefined
  for (const one of all) {
    if (found === undefined || valueOf(one) < valueOf(found)) found = one
  }
  return found
}

function byDue(one: Sleeper, other: Sleeper): number {
  return one.due - other.due
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason
  return reason instanceof Error ? reason : new Error('the wait was given up')
}
