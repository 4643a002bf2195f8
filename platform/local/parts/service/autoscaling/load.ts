/** What happened since the last report. */
interface LoadReport {
  /** Requests that were there at once, averaged over the time. */
  readonly concurrency: number
  /** Requests that came in a second of the wall. */
  readonly perSecond: number
}

/** Counts the requests of a revision: those that wait and those that are answered. Times are wall milliseconds. */
export interface Load {
  readonly arrive: (now: number) => void
  readonly leave: (now: number) => void
  /** Tells what happened since the last report, and begins anew. */
  readonly report: (now: number) => LoadReport
  /** Requests that are there now. */
  readonly current: number
}

export function createLoad(began: number): Load {
  let current = 0
  let arrived = 0
  let area = 0
  let since = began
  let reported = began
  const advance = (now: number) => {
    area += current * (now - since)
    since = now
  }
  return {
    arrive(now) {
      advance(now)
      current++
      arrived++
    },
    leave(now) {
      advance(now)
      current--
    },
    report(now) {
      advance(now)
      const elapsedMs = now - reported
      const report = {
        concurrency: elapsedMs > 0 ? area / elapsedMs : current,
        perSecond: elapsedMs > 0 ? (arrived * 1_000) / elapsedMs : arrived,
      }
      area = 0
      arrived = 0
      reported = now
      return report
    },
    get current() {
      return current
    },
  }
}
