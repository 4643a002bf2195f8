import { describeError } from '../../../../functions/lib/log.ts'
import type { Facts } from '../../facts.ts'
import type { Ending, Instance } from './instance.ts'
import { supervise } from './supervise.ts'
import type { Slot } from './supervise.ts'

export interface PoolNeeds {
  /** Who the facts are about, e.g. `Service predict`. */
  readonly who: string
  readonly facts: Facts
  readonly start: (onChange: () => void) => Promise<Instance>
  /** Called after the number of ready instances may have changed. */
  readonly onChange: () => void
  /** As `supervise`. */
  readonly onEnd: (ending: Ending) => boolean
}

/** The instances of a revision, as many as somebody wants. */
export interface Pool {
  readonly ready: number
  /** How many there are or will be, without those that are leaving. */
  readonly size: number
  readonly restarts: number
  readonly isFailing: boolean
  /** Adds instances, or lets those that have least to do leave: they finish what they have. */
  readonly resize: (size: number) => void
  /** Resolves once the first instances have been started; rejects when one could not be. */
  readonly started: () => Promise<void>
  /** Takes a place at the ready instance that has least to do. */
  readonly take: () => Instance | undefined
  /** Of its processes, those that are leaving included. */
  readonly pids: () => number[]
  readonly inFlight: () => number
  /** Lets all of them leave. */
  readonly retire: () => Promise<void>
  /** Ends all of them, within about four seconds. */
  readonly close: () => Promise<void>
}

export function createPool({ who, facts, start, onChange, onEnd }: PoolNeeds): Pool {
  const slots = new Set<Slot>()
  const leaving = new Set<Slot>()
  let restartsOfGone = 0
  // Kept, not sought: every request asks for it.
  let ready: readonly Instance[] = []
  // What keeps the first from starting is told to whoever waits for them.
  let isUp = false
  let refusal: string | undefined
  const all = () => [...slots, ...leaving]
  const noteReady = () => {
    ready = [...slots].flatMap(({ instance }) => (instance?.isReady === true ? [instance] : []))
  }
  const changed = () => {
    noteReady()
    onChange()
  }
  const add = () => {
    const slot: Slot = supervise({ who, facts, start, onChange: changed, onEnd })
    slots.add(slot)
    void noteStart(slot)
  }
  const noteStart = async (slot: Slot) => {
    try {
      await slot.started
      isUp = true
      refusal = undefined
    } catch (error) {
      slots.delete(slot)
      // The autoscaler wants it again at its next turn: said once.
      const why = describeError(error)
      if (isUp && why !== refusal) facts('error', who, `cannot start an instance: ${why}`)
      refusal = why
      changed()
    }
  }
  const leave = async (slot: Slot) => {
    slots.delete(slot)
    leaving.add(slot)
    noteReady()
    await slot.close('retire')
    leaving.delete(slot)
    restartsOfGone += slot.restarts
  }
  const least = () =>
    [...slots].toSorted(
      (a, b) =>
        Number(a.instance?.isReady ?? false) - Number(b.instance?.isReady ?? false) ||
        (a.instance?.inFlight ?? 0) - (b.instance?.inFlight ?? 0),
    )

  return {
    get ready() {
      return ready.length
    },
    get size() {
      return slots.size
    },
    get restarts() {
      return all().reduce((sum, slot) => sum + slot.restarts, restartsOfGone)
    },
    get isFailing() {
      return [...slots].some((slot) => slot.isFailing)
    },
    resize(size) {
      while (slots.size < size) add()
      for (const slot of least().slice(0, slots.size - size)) void leave(slot)
    },
    async started() {
      await Promise.all([...slots].map((slot) => slot.started))
    },
    take() {
      const instance = leastBusy(ready)
      return instance?.reserve() === true ? instance : undefined
    },
    pids: () => all().flatMap(({ instance }) => instance?.pid ?? []),
    inFlight: () => all().reduce((sum, { instance }) => sum + (instance?.inFlight ?? 0), 0),
    async retire() {
      await Promise.all([...slots].map(leave))
    },
    async close() {
      await Promise.all(all().map((slot) => slot.close('stop')))
    },
  }
}

function leastBusy(instances: readonly Instance[]): Instance | undefined {
  return instances.reduce<Instance | undefined>(
    (least, next) => (least === undefined || next.inFlight < least.inFlight ? next : least),
    undefined,
  )
}
