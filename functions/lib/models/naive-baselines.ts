import { isUsable } from './limits.ts'

/** The newest targets of a series, as many as a season has; plain JSON. */
export interface SeriesMemory {
  season: number
  /** Oldest first, at most `season`. */
  recent: number[]
  /** Sum and number of `|y_t - y_(t - season)|`: what errors are measured by (Hyndman and Koehler, 2006). */
  seasonalSteps: number
  seasonalStepSum: number
}

/** `season` is in steps, at least 1; 1 makes the seasonal forecast the naive one. */
export function newSeriesMemory(season: number): SeriesMemory {
  return { season, recent: [], seasonalSteps: 0, seasonalStepSum: 0 }
}

/**
 * Takes the next target; one that is no number of at most 1e50 repeats the target before it, so that seasons stay in
 * step.
 */
export function rememberTarget(state: SeriesMemory, target: number): SeriesMemory {
  const value = isUsable(target) ? target + 0 : state.recent.at(-1)
  if (value === undefined) return state
  const isFull = state.recent.length === state.season
  const step = isFull ? Math.abs(value - (state.recent[0] ?? 0)) : 0
  return {
    season: state.season,
    recent: [...(isFull ? state.recent.slice(1) : state.recent), value],
    seasonalSteps: state.seasonalSteps + (isFull ? 1 : 0),
    seasonalStepSum: state.seasonalStepSum + step,
  }
}

/** What the last target says of every later one; undefined without a target. */
export function naiveForecast({ recent }: SeriesMemory): number | undefined {
  return recent.at(-1)
}

/**
 * The target of the same place in the last season known, `y_(t + h - season * ceil(h / season))` for step `h >= 1`;
 * undefined before a whole season is known.
 */
export function seasonalNaiveForecast(
  { season, recent }: SeriesMemory,
  h: number,
): number | undefined {
  return recent.length < season ? undefined : recent[(h - 1) % season]
}

/** The mean absolute seasonal step, the denominator of MASE; undefined when it is 0 or no season has passed. */
export function seasonalScale({
  seasonalSteps,
  seasonalStepSum,
}: SeriesMemory): number | undefined {
  return seasonalStepSum > 0 ? seasonalStepSum / seasonalSteps : undefined
}

/** How much smaller an error is than a baseline's: `1 - error / baseline`; undefined for a baseline without error. */
export function skill(error: number, baseline: number): number | undefined {
  return baseline > 0 ? 1 - error / baseline : undefined
}
