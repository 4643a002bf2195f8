/** A piece of work that waits to be written, and what it counts towards the limits of one transaction. */
interface Waiting<Work, Result> {
  readonly work: Work
  readonly records: number
  readonly bytes: number
  readonly resolve: (result: Result) => void
  readonly reject: (reason: unknown) => void
}

/** Writes together what was submitted in the same turn of the event loop. */
export interface GroupCommit<Work, Result> {
  /** Resolves or rejects as the write of the group did that this work was in. */
  submit(work: Work, records: number, bytes: number): Promise<Result>
  /** Writes what waits, now. */
  flush(): void
}

const MAX_RECORDS = 500
const MAX_BYTES = 4 * 1024 * 1024
/** What may wait within one turn of the event loop before callers are told to come again. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/**
 * Starts a group commit over `write`, which stores a list of works in one transaction, all or nothing, and answers one
 * result each. A group is at most 500 records or about 4 MB; a single work above that is a group of its own.
 */
export function startGroupCommit<Work, Result>(
  write: (works: readonly Work[]) => readonly Result[],
): GroupCommit<Work, Result> {
  let waiting: Waiting<Work, Result>[] = []
  let waitingBytes = 0

  function flush(): void {
    const groups = grouped(waiting)
    waiting = []
    waitingBytes = 0
    for (const group of groups) {
      try {
        const results = write(group.map(({ work }) => work))
        for (const [index, result] of results.entries()) group[index]?.resolve(result)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
  }

  return {
    flush,
    submit(work, records, bytes) {
      if (waitingBytes + bytes > MAX_WAITING_BYTES && waiting.length > 0) {
        return Promise.reject(
          new Error(
            `more than ${MAX_WAITING_BYTES} bytes wait to be written: append fewer at once`,
          ),
        )
      }
      if (waiting.length === 0) setImmediate(flush)
      waitingBytes += bytes
      return new Promise((resolve, reject) => {
        waiting.push({ work, records, bytes, resolve, reject })
      })
    },
  }
}

function grouped<Work, Result>(all: readonly Waiting<Work, Result>[]): Waiting<Work, Result>[][] {
  const groups: Waiting<Work, Result>[][] = []
  let group: Waiting<Work, Result>[] = []
  let records = 0
  let bytes = 0
  for (const one of all) {
    if (
      group.length > 0 &&
      (records + one.records > MAX_RECORDS || bytes + one.bytes > MAX_BYTES)
    ) {
      groups.push(group)
      group = []
      records = 0
      bytes = 0
    }
    group.push(one)
    records += one.records
    bytes += one.bytes
  }
  if (group.length > 0) groups.push(group)
  return groups
}
