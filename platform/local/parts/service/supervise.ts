import { setTimeout as pause } from 'node:timers/promises'
import type { Facts } from '../../facts.ts'
import type { Ending, Instance } from './instance.ts'
import { FORGIVEN_AFTER_MS, pauseAfter } from './pauses.ts'

export interface SuperviseNeeds {
  /** Who the facts are about, e.g. `Service predict`. */
  readonly who: string
  readonly facts: Facts
  readonly start: (onChange: () => void) => Promise<Instance>
  /** Called after the instance became ready, stopped being so, or was replaced. */
  readonly onChange: () => void
  /** Told of an end before anybody else: true when that says enough about it. */
  readonly onEnd: (ending: Ending) => boolean
}

/** A place that always has an instance in it, or the next one on its way. */
export interface Slot {
  /** Rejects when the first start does. */
  readonly started: Promise<void>
  readonly instance: Instance | undefined
  readonly restarts: number
  /** It ended or would not start twice or more, and has not been ready since. */
  readonly isFailing: boolean
  /** Ends it as its instance's `retire` or `stop` does; a second call may only hurry the first. */
  readonly close: (how: 'retire' | 'stop') => Promise<void>
}

const WAY_OUT = 'mend it: it is tried again by itself, with pauses of up to 30 s'

/** Starts an instance and starts it again whenever it ends. */
export function supervise({ who, facts, start, onChange, onEnd }: SuperviseNeeds): Slot {
  const closing = new AbortController()
  let instance: Instance | undefined
  let restarts = 0
  let failures = 0
  let isFailing = false
  // The ends of one crash loop are told once, however often it becomes ready in between.
  let told = false
  // An instance that was doubted and is ready again is no news.
  let greeted: Instance | undefined
  const changed = () => {
    if (instance?.isReady === true && instance !== greeted) {
      greeted = instance
      facts('info', who, isFailing ? 'is ready again' : 'is ready', { pid: instance.pid })
      isFailing = false
    }
    onChange()
  }
  const startOne = async () => {
    const next = await start(changed)
    instance = next
    // Closed while it was starting: nobody else knows it.
    if (closing.signal.aborted) await next.stop()
    onChange()
    return next
  }
  const tell = (ending: Ending) => {
    isFailing = failures > 1
    if (onEnd(ending)) return
    if (!isFailing) {
      told = false
      facts('warn', who, `ended (${ending.why}) and is started again`)
    } else if (!told) {
      told = true
      const { lastLines } = ending
      facts('error', who, `does not stay up (${ending.why}); ${WAY_OUT}`, { lastLines })
    }
  }
  const startAgain = async (): Promise<Ending> => {
    await pause(pauseAfter(failures), undefined, { signal: closing.signal })
    restarts++
    try {
      return await (
        await startOne()
      ).ended
    } catch (error) {
      const why = error instanceof Error ? error.message : 'it could not be started'
      return { why, lastLines: [], readyForMs: 0 }
    }
  }
  const keep = async (first: Promise<Instance>) => {
    for (let ending = await (await first).ended; ; ending = await startAgain()) {
      instance = undefined
      if (!closing.signal.aborted) {
        failures = ending.readyForMs >= FORGIVEN_AFTER_MS ? 1 : failures + 1
        tell(ending)
      }
      onChange()
      closing.signal.throwIfAborted()
    }
  }
  const first = startOne()
  const started = first.then(() => undefined)
  // Whoever waits for the start is told as well.
  started.catch(() => undefined)
  const kept = keep(first).catch((error: unknown) => {
    const isStarted = instance !== undefined || failures > 0
    if (isStarted && !closing.signal.aborted) throw error
  })

  return {
    started,
    get instance() {
      return instance
    },
    get restarts() {
      return restarts
    },
    get isFailing() {
      return isFailing
    },
    async close(how) {
      closing.abort()
      await instance?.[how]()
      await kept
    },
  }
}
