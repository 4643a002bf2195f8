import { watch as watchFolder } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import path from 'node:path'

export interface WatchNeeds {
  /** Called a moment after the last of several changes; while it runs none is lost: it is called again afterwards. */
  readonly onChange: () => Promise<void>
  /** Whether a change of this file matters. */
  readonly isOfInterest: (file: string) => boolean
  /** Called when the system refuses to watch. */
  readonly onRefusal: (error: Error) => void
}

/** Watches folders, not what is below them. */
export interface Watch {
  /** Which folders are watched from now on. */
  readonly set: (folders: ReadonlySet<string>) => void
  /** Resolves once nothing is done any more. */
  readonly close: () => Promise<void>
}

// An editor that saves a file makes several changes of it, and one that saves all of several files.
const SETTLED_MS = 50
const LONGEST_MS = 300

export function openWatch({ onChange, isOfInterest, onRefusal }: WatchNeeds): Watch {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  let firstAt: number | undefined
  let isClosed = false
  let running: Promise<void> | undefined

  const run = async () => {
    // What changes from here on is a change of its own.
    firstAt = undefined
    await onChange()
    running = undefined
    if (firstAt !== undefined) note()
  }
  const note = () => {
    if (isClosed) return
    const now = performance.now()
    firstAt ??= now
    clearTimeout(timer)
    const waitMs = Math.max(0, Math.min(SETTLED_MS, firstAt + LONGEST_MS - now))
    timer = setTimeout(() => {
      running ??= run()
    }, waitMs)
  }
  const add = (folder: string) => {
    try {
      const watcher = watchFolder(folder, { persistent: false }, (_event, name) => {
        if (name === null || isOfInterest(path.join(folder, name))) note()
      })
      // A folder that is removed is seen from the one above it.
      watcher.on('error', () => watchers.delete(folder))
      watchers.set(folder, watcher)
    } catch (error) {
      if (error instanceof Error && !isGone(error)) onRefusal(error)
    }
  }

  return {
    set(folders) {
      for (const [folder, watcher] of watchers) {
        if (folders.has(folder)) continue
        watcher.close()
        watchers.delete(folder)
      }
      for (const folder of folders) if (!watchers.has(folder)) add(folder)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      for (const watcher of watchers.values()) watcher.close()
      await running
    },
  }
}

function isGone(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT'
}
