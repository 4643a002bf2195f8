import type { Score } from '../lib/events.ts'
import { countError, newErrorMetrics } from '../lib/models/error-metrics.ts'
import type { ErrorMetrics } from '../lib/models/error-metrics.ts'

/** The metrics by model and horizon, with one more row's scores counted; late ones never count. */
export function countScores(
  metrics: Readonly<Record<string, ErrorMetrics>>,
  scores: readonly Score[],
): Record<string, ErrorMetrics> {
  const counted = { ...metrics }
  for (const { model, horizon, error, version, late } of scores) {
    if (late) continue
    const key = `${model}/${horizon}`
    counted[key] = countError(counted[key] ?? newErrorMetrics(), { error, version })
  }
  return counted
}
