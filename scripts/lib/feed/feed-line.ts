import process from 'node:process'

import { cut } from '../printable.ts'
import type { FeedProgress } from './position.ts'

/** A line of a terminal that says how far a feed is, written over and over. */
export interface FeedLine {
  update(progress: FeedProgress, bytes: number): void
  /** Writes something above it. */
  above(text: string): void
  /** Takes it away. */
  end(): void
}

const UPDATE_MS = 200
const CLEAR = '\r\u001b[K'

/** Opens the line on standard error when that is a terminal; else nothing but what stands above it is written. */
export function openFeedLine(totalBytes: number): FeedLine {
  const isSeen = process.stderr.isTTY
  const startedAt = performance.now()
  let shownAt = -Infinity
  let first: number | undefined
  const clear = (): void => {
    if (isSeen) process.stderr.write(CLEAR)
  }
  return {
    update({ rows, refused }, bytes) {
      const now = performance.now()
      first ??= rows
      if (!isSeen || now - shownAt < UPDATE_MS) return
      shownAt = now
      const rate = Math.round(((rows - first) / (now - startedAt)) * 1_000)
      const line = feedLine({ rows, refused, bytes, totalBytes, rate })
      // A line that is broken into two is not taken away by its beginning.
      process.stderr.write(CLEAR + cut(line, process.stderr.columns - 1))
    },
    above(text) {
      clear()
      console.error(text)
    },
    end: clear,
  }
}

/** How far a feed is, in a line. */
export function feedLine({
  rows,
  refused,
  bytes,
  totalBytes,
  rate,
}: {
  readonly rows: number
  readonly refused: number
  readonly bytes: number
  readonly totalBytes: number
  /** Rows a second. */
  readonly rate: number
}): string {
  const percent = Math.min(100, Math.floor((bytes / totalBytes) * 100))
  const bar = '█'.repeat(Math.floor(percent / 5)).padEnd(20, '░')
  const counts = [`${counted(rows)} rows`, `${counted(rate)}/s`]
  if (refused > 0) counts.push(`${counted(refused)} refused`)
  return `${bar} ${percent} %  ${counts.join('  ')}  Ctrl-C stops, and the same command goes on`
}

/** A count with its thousands apart. */
export function counted(count: number): string {
  return count.toLocaleString('en-GB')
}
