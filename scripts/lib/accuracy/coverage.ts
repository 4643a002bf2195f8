interface Coverage {
  /** Share of all targets that their interval held. */
  overall: number
  /** The smallest share in any 500 targets in succession. */
  worst: number
}

const STRETCH = 500

/** What intervals hold, each of which held its target or not; undefined for too few to say. */
export function coverageOf(held: readonly boolean[]): Coverage | undefined {
  if (held.length < 2 * STRETCH) return undefined
  return { overall: held.filter(Boolean).length / held.length, worst: worstStretch(held) }
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
