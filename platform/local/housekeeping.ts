import { existsSync } from 'node:fs'
import { setInterval } from 'node:timers'

import { describeError } from '../../functions/lib/log.ts'
import type { Clock } from './clock.ts'
import type { Facts } from './facts.ts'
import type { KeptTime } from './kept-time.ts'
import { TIME_KEPT_EVERY_MS } from './kept-time.ts'
import type { SqliteLog } from './log/sqlite-log.ts'
import type { RunningDatabase } from './parts/mongodb.ts'

export interface HousekeepingNeeds {
  readonly stateFolder: string
  readonly log: Pick<SqliteLog, 'expire'>
  readonly time: KeptTime
  readonly clock: Clock
  readonly databases: readonly RunningDatabase[]
  /** Nothing expires in a replay: its hours pass in a moment, and are there to be looked at afterwards. */
  readonly isReplay: boolean
  readonly facts: Facts
}

/** Virtual milliseconds between two clean-ups. */
const EXPIRED_EVERY_MS = 60_000
/** After everybody else's turn. */
const LAST = Number.POSITIVE_INFINITY

/**
 * Notes the time, for the stores and for the next start, and deletes what has been kept for its time; returns how to
 * end that. Each second of the wall, or, in lock step, each virtual minute, so that what expires is the same each run.
 */
export function keepHouse(needs: HousekeepingNeeds): () => Promise<void> {
  const { stateFolder, log, time, clock, databases, isReplay, facts } = needs
  let expiredAt = clock.now()
  let hasFailed = false
  async function turn(note: () => void): Promise<void> {
    try {
      if (!existsSync(stateFolder)) throw new Error(`${stateFolder} is gone: stop, and start again`)
      note()
      for (const database of databases) await database.keepTime()
      if (!isReplay && clock.now() - expiredAt >= EXPIRED_EVERY_MS) {
        expiredAt = clock.now()
        log.expire()
        for (const database of databases) await database.expire()
      }
      hasFailed = false
    } catch (error) {
      if (!hasFailed) facts('error', 'platform', `cannot keep its state: ${describeError(error)}`)
      hasFailed = true
    }
  }
  const stop = repeat(clock, () => turn(() => time.note()))
  return async () => {
    await stop()
    await turn(() => time.end())
  }
}

/** Does something again and again; returns how to end that. */
function repeat(clock: Clock, work: () => Promise<void>): () => Promise<void> {
  return Number.isFinite(clock.speed) ? eachSecond(work) : eachVirtualMinute(clock, work)
}

function eachSecond(work: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve()
  const timer = setInterval(() => {
    last = work()
  }, TIME_KEPT_EVERY_MS)
  return async () => {
    clearInterval(timer)
    await last
  }
}

function eachVirtualMinute(clock: Clock, work: () => Promise<void>): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  const run = async () => {
    try {
      for (;;) {
        await clock.sleep(EXPIRED_EVERY_MS, signal, 'tick')
        await clock.turn(LAST, work, signal)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
  const ended = run()
  return async () => {
    stopping.abort()
    await ended
  }
}
