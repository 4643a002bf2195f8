import {
  intervalAround,
  marginOf,
  newConformal,
  observeTarget,
} from '../../../functions/lib/models/conformal-interval.ts'
import type { Interval } from '../../../functions/lib/models/conformal-interval.ts'

export interface Coverage {
  /** Share of all targets that their interval held. */
  overall: number
  /** The smallest share in any 500 targets in succession. */
  worst: number
}

interface Forecast {
  target: number
  prediction: number
}

const STRETCH = 500

/** What 90 % intervals hold when every target comes `delay` forecasts after its interval was given. */
export function coverageOf(forecasts: readonly Forecast[], delay: number): Coverage {
  let state = newConformal()
  const intervals: (Interval | undefined)[] = []
  const held: boolean[] = []
  for (const [index, { target, prediction }] of forecasts.entries()) {
    const known = forecasts[index - delay]
    if (known !== undefined) {
      state = observeTarget(state, { ...known, interval: intervals[index - delay] })
    }
    const interval = intervalAround(prediction, marginOf(state))
    intervals.push(interval)
    if (interval !== undefined) held.push(target >= interval.lower && target <= interval.upper)
  }
  return { overall: share(held), worst: worstStretch(held) }
}

function share(held: readonly boolean[]): number {
  return held.filter(Boolean).length / held.length
}

function worstStretch(held: readonly boolean[]): number {
  let inside = held.slice(0, STRETCH).filter(Boolean).length
  let worst = inside
  for (let end = STRETCH; end < held.length; end += 1) {
    inside += Number(held[end]) - Number(held[end - STRETCH])
    worst = Math.min(worst, inside)
  }
  return worst / STRETCH
}
