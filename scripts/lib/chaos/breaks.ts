import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'

import type { Break, BreakKind } from './plan.ts'
import type { PlatformProcess } from './platform-process.ts'
import { isAlive } from './platform-process.ts'
import type { ChaosStore } from './store.ts'
import { until } from './wait.ts'

/** What is broken: a platform that may be ended and started again, and its store. */
export interface Breakable {
  readonly folder: string
  readonly store: ChaosStore
  readonly platform: () => PlatformProcess
  /** Ends the platform, and starts it again in its state, with options that may depend on what it left. */
  readonly restart: (how: 'kill' | 'stop', args?: () => Promise<readonly string[]>) => Promise<void>
  /** Posts an event that nobody reads to a topic; false when the log refused it because it is full. */
  readonly fill: () => Promise<boolean>
}

/** How often each kind of break has happened. */
export type Breaks = Record<BreakKind, number>

const PATIENCE = { deadlineMs: 60_000 }
/** How long the log stays full, for others to be refused as well. */
const FULL_MS = 1_500

/** Breaks one thing, and mends it where it does not mend itself. Rejects when it did not break as it should. */
export async function breakIt(one: Break, breakable: Breakable): Promise<void> {
  switch (one.kind) {
    case 'kill-function':
      return killFunction(one.service, breakable)
    case 'kill-platform':
      return breakable.restart('kill')
    case 'store-slow':
      return breakable.store.slow(one.ms)
    case 'store-away':
      return breakable.store.away(one.ms)
    case 'log-full':
      return fillLog(one.room, breakable)
  }
}

async function killFunction(service: string, { platform }: Breakable): Promise<void> {
  const pids = () => platform().pids(service)
  await platform().wake(service)
  await until(`${service} has a process that can be killed`, () => pids().length > 0, PATIENCE)
  const [pid] = pids()
  if (pid === undefined) throw new Error(`${service} ended by itself before it could be killed`)
  process.kill(pid, 'SIGKILL')
  await until(`the killed process of ${service} has ended`, () => !isAlive(pid), PATIENCE)
}

async function fillLog(room: number, breakable: Breakable): Promise<void> {
  const { folder, restart, fill } = breakable
  const file = join(folder, '.nowcast', 'log.db')
  await restart('stop', async () => ['--log-quota', String((await stat(file)).size + room)])
  await until('the log has reached its quota and refuses', async () => !(await fill()), {
    ...PATIENCE,
    everyMs: 0,
  })
  await pause(FULL_MS)
  await restart('stop')
}
