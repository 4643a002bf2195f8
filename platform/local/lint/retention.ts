import type { Entry } from '../manifests/entry.ts'
import type { KafkaSourceManifest } from '../manifests/inventory.ts'
import type { Problem } from '../manifests/problems.ts'
import { retryPlan } from '../parts/kafka-source/back-off.ts'
import { problemAt, writtenAs } from './written.ts'

/**
 * Topics that drop a record while a source may still be trying to deliver it: a restart would lose it, and what waits
 * behind it in its partition is lost without one.
 */
export function faultsOfRetention(entries: readonly Entry[]): Problem[] {
  const sources = writtenAs(entries, 'KafkaSource')
  return writtenAs(entries, 'KafkaTopic').flatMap((topic) => {
    const { retentionMs } = topic.manifest
    if (retentionMs === undefined) return []
    const readers = sources
      .filter(({ manifest }) => manifest.topics.includes(topic.manifest.topic))
      .map(({ manifest }) => ({ manifest, longestMs: longestRetryMs(manifest) }))
      .filter(({ longestMs }) => longestMs > retentionMs)
    return readers.map(({ manifest, longestMs }) => {
      const message =
        `spec.config["retention.ms"] keeps records for ${durationText(retentionMs)}, and KafkaSource ${manifest.name} ` +
        `(${manifest.file}:${manifest.line}) may try one for ${durationText(longestMs)}; keep them for longer, or let it give up sooner`
      return problemAt(topic, ['spec', 'config', 'retention.ms'], message)
    })
  })
}

/** Waits and attempts are added one by one up to here; what is left counts with the last wait. */
const ADDED_ONE_BY_ONE = 100_000

/**
 * How long a source may hold one record, milliseconds: every attempt until its time is up and every wait between them,
 * and as long again for its dead letter sink, which is tried by the same plan. Of more than 100,000 retries it is a lower bound.
 */
export function longestRetryMs({ delivery }: Pick<KafkaSourceManifest, 'delivery'>): number {
  const { retries, timeoutMs, waitMs } = retryPlan(delivery)
  const added = Math.min(retries, ADDED_ONE_BY_ONE)
  let totalMs = (retries + 1) * timeoutMs + (retries - added) * waitMs(added)
  for (let retry = 1; retry <= added; retry += 1) totalMs += waitMs(retry)
  return delivery?.deadLetterSink === undefined ? totalMs : 2 * totalMs
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** A duration in its two largest units, e.g. `3 h 3 min`. */
function durationText(ms: number): string {
  if (ms < 1_000) return `${ms} ms`
  if (ms >= LONG_MS) return 'more than a century'
  let left = ms
  const parts = UNITS.flatMap(([unit, unitMs]) => {
    const count = Math.floor(left / unitMs)
    left -= count * unitMs
    return count === 0 ? [] : [`${count} ${unit}`]
  })
  return parts.slice(0, 2).join(' ')
}

const LONG_MS = 100 * 365 * 86_400_000
