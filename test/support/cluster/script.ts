import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import type { Outcome } from '../cli.ts'
import { exitCode } from '../cli.ts'
import { openCloud } from './cloud.ts'
import type { Cloud, State } from './cloud.ts'
import { startStandIns } from './stand-ins.ts'

/** A cloud, and the scripts run on it. */
export interface Stage {
  readonly cloud: Cloud
  run(script: 'bootstrap' | 'status' | 'teardown', ...words: readonly string[]): Promise<Outcome>
  close(): Promise<void>
}

/** What a cloud holds once bootstrap has run on it. */
export async function bootstrapped(): Promise<State> {
  const stage = await openStage()
  try {
    const { code, stderr } = await stage.run('bootstrap', '--project', 'p')
    if (code !== 0) throw new Error(stderr)
    return stage.cloud.state()
  } finally {
    await stage.close()
  }
}

/** Opens one with nothing on it, or with what another held. */
export async function openStage(begin?: State): Promise<Stage> {
  const cloud = openCloud(begin)
  const standIns = await startStandIns(['gcloud', 'kubectl', 'helm', 'node'], (call) =>
    cloud.answer(call),
  )
  return {
    cloud,
    async run(script, ...words) {
      const file = fileURLToPath(new URL(`../../../scripts/${script}.mjs`, import.meta.url))
      const child = spawn(process.execPath, [file, ...words], {
        env: standIns.environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        exitCode(child),
      ])
      return { code, stdout, stderr }
    },
    close: () => standIns.close(),
  }
}
