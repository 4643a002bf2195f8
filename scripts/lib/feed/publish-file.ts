import { setTimeout as pause } from 'node:timers/promises'

import type { Events } from '../../../functions/lib/ports/events.ts'
import type { DataFile, DataRow } from '../../../platform/local/data/data-file.ts'
import { eventsOf } from './events-of.ts'
import type { FeedProgress } from './position.ts'

export interface FeedNeeds {
  readonly events: Events
  readonly series: string
  /** Rows a second; undefined: as fast as they are taken. */
  readonly rate: number | undefined
  /** Ends it after the batch that is being published. */
  readonly stopping: AbortSignal
  readonly onRefused: (line: number, reason: string) => void
  /** Called when a batch is published, with the bytes of the file up to there. */
  readonly onProgress: (progress: FeedProgress, bytes: number) => void
}

const MAX_BATCH = 500
/** So often a second a rate brings something, so that the stream looks like one. */
const BATCHES_A_SECOND = 4

/**
 * Publishes the rows of a file that are not done yet, features before targets, in batches that depend on the position
 * and the rate alone: whoever publishes a batch again publishes the same events. Answers how far it came; rejects
 * when a batch cannot be published, and then `onProgress` has told of everything before it.
 */
export async function publishFile(
  file: DataFile,
  begin: FeedProgress,
  { events, series, rate, stopping, onRefused, onProgress }: FeedNeeds,
): Promise<FeedProgress> {
  const size = rate === undefined ? MAX_BATCH : batchSize(rate)
  const startedAt = performance.now()
  let now = begin
  let batch: DataRow[] = []
  let skipped = 0
  let bytes = 0
  let lastTimestamp: string | undefined

  async function publish(): Promise<void> {
    const good = batch.filter((row) => row.kind === 'row')
    await events.publish(eventsOf(good, series))
    now = { ...added(now, batch, lastTimestamp), isComplete: false }
    lastTimestamp = good.at(-1)?.timestamp ?? lastTimestamp
    batch = []
    onProgress(now, bytes)
  }

  for await (const row of file.rows()) {
    if (skipped < begin.records) {
      skipped += 1
      if (row.kind === 'row') lastTimestamp = row.timestamp
      continue
    }
    if (row.kind === 'refused') onRefused(row.line, row.reason)
    batch.push(row)
    bytes = row.bytes
    if (batch.length < size) continue
    await publish()
    if (rate !== undefined) {
      await untilDue(startedAt + ((now.records - begin.records) / rate) * 1_000, stopping)
    }
    if (stopping.aborted) return now
  }
  if (batch.length > 0) await publish()
  now = { ...now, isComplete: true }
  onProgress(now, bytes)
  return now
}

function batchSize(rate: number): number {
  return Math.min(MAX_BATCH, Math.max(1, Math.floor(rate / BATCHES_A_SECOND)))
}

async function untilDue(due: number, stopping: AbortSignal): Promise<void> {
  const wait = due - performance.now()
  if (wait > 0) await pause(wait, undefined, { signal: stopping }).catch(() => undefined)
}

function added(
  before: FeedProgress,
  batch: readonly DataRow[],
  lastTimestamp: string | undefined,
): FeedProgress {
  const good = batch.filter((row) => row.kind === 'row')
  return {
    ...before,
    records: before.records + batch.length,
    line: batch.at(-1)?.line ?? before.line,
    rows: before.rows + good.length,
    targets: before.targets + good.filter(({ target }) => target !== undefined).length,
    refused: before.refused + batch.length - good.length,
    repeated:
      before.repeated +
      good.filter(({ timestamp }, index) => {
        return timestamp === (index === 0 ? lastTimestamp : good[index - 1]?.timestamp)
      }).length,
  }
}
