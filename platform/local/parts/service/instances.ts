import type { Facts } from '../../facts.ts'
import type { Instance } from './instance.ts'
import { supervise } from './supervise.ts'
import type { Slot } from './supervise.ts'

export interface InstancesNeeds {
  /** Who the facts are about, e.g. `Service predict`. */
  readonly who: string
  readonly facts: Facts
  readonly start: (onChange: () => void) => Promise<Instance>
  /** Called with the number of ready instances after it may have changed. */
  readonly onReady: (instances: number) => void
}

/** The instances of a revision. */
export interface Instances {
  readonly ready: number
  readonly restarts: number
  readonly isFailing: boolean
  /** The pids of its processes. */
  readonly pids: () => number[]
  /** The ready instance that has least to do. */
  readonly pick: () => Instance | undefined
  readonly close: () => Promise<void>
}

// The autoscaler's place: it will decide how many slots there are.
const INSTANCES = 1

/** Keeps a revision's instances running. Rejects when the first start does. */
export async function keepInstances(needs: InstancesNeeds): Promise<Instances> {
  const { who, facts, start } = needs
  const slots: Slot[] = []
  // Kept, not sought: every request asks for it.
  let ready: readonly Instance[] = []
  const running = () => slots.flatMap(({ instance }) => instance ?? [])
  const onChange = () => {
    ready = running().filter(({ isReady }) => isReady)
    needs.onReady(ready.length)
  }
  while (slots.length < INSTANCES) slots.push(await supervise({ who, facts, start, onChange }))
  return {
    get ready() {
      return ready.length
    },
    get restarts() {
      return slots.reduce((sum, slot) => sum + slot.restarts, 0)
    },
    get isFailing() {
      return slots.some((slot) => slot.isFailing)
    },
    pids: () => running().flatMap(({ pid }) => pid ?? []),
    pick: () => leastBusy(ready),
    async close() {
      await Promise.all(slots.map((slot) => slot.close()))
    },
  }
}

function leastBusy(instances: readonly Instance[]): Instance | undefined {
  return instances.reduce<Instance | undefined>(
    (least, next) => (least === undefined || next.inFlight < least.inFlight ? next : least),
    undefined,
  )
}
