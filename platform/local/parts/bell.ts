/** Wakes whoever waits for something to do. */
export interface Bell {
  readonly ring: () => void
  /** Resolves at the next ring. */
  readonly rung: () => Promise<void>
}

export function createBell(): Bell {
  let waiting: (() => void)[] = []
  return {
    ring() {
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
    rung: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
      }),
  }
}
