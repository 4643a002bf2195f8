import { draw } from './draw.ts'

/**
 * What may happen to one delivery. `failed`: 500 and no effect. `refused`: 429 and no effect. `answer-lost`: it has its
 * effect, and the connection is cut. `late`: it has its effect after its sender gave up. `twice`: it comes twice at
 * once. `stale`: it comes again long after, behind newer ones.
 */
export const FAULTS = ['failed', 'refused', 'answer-lost', 'late', 'twice', 'stale'] as const
export type Fault = (typeof FAULTS)[number]

/** One attempt to deliver an event. */
export interface Attempt {
  /** Whom it goes to. */
  readonly to: string
  /** The event's source and id. */
  readonly event: string
  /** Counted from 1. */
  readonly attempt: number
}

/** How often each fault is drawn, of the first attempts that may meet it. */
export type FaultRates = Readonly<Record<Fault, number>>

/** Later attempts meet none: a sender's patience must not decide what comes of a run. */
const LAST_FAULTY_ATTEMPT = 3

/**
 * The rates for so many events. `late` costs its sender the whole time limit, so that a run has a handful, however long
 * it is: a run is about eight deliveries an event.
 */
export function ratesFor(events: number): FaultRates {
  const late = Math.min(0.004, 1.6 / events)
  return { failed: 0.015, refused: 0.015, 'answer-lost': 0.015, late, twice: 0.02, stale: 0.02 }
}

/** A run has few trainings, so that each of them is repeated in some way. */
const TRAINER = 'train'
const REPETITIONS = ['answer-lost', 'twice', 'stale'] as const

/** What happens to an attempt: a function of the seed and the attempt alone. */
export function faultOf(
  seed: number,
  rates: FaultRates,
  { to, event, attempt }: Attempt,
): Fault | undefined {
  if (attempt > LAST_FAULTY_ATTEMPT) return undefined
  let left = draw(seed, 'fault', to, event, attempt)
  if (to === TRAINER && attempt === 1) return REPETITIONS[Math.floor(left * REPETITIONS.length)]
  for (const fault of FAULTS) {
    if (left < rates[fault]) return fault
    left -= rates[fault]
  }
  return undefined
}
