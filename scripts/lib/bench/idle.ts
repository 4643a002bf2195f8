import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

import { getJson } from '../client.ts'
import { makeSmallFolder } from './small-folder.ts'

const CLI = fileURLToPath(new URL('../../nowcast.ts', import.meta.url))
const POLL_MS = 250

const started = z.object({ address: z.url() })
const status = z.object({ services: z.array(z.object({ state: z.string() })) })

/** Megabytes of a platform of its own that runs a folder's functions, without the ticks, once all are at zero. */
export async function benchIdle(folder: string): Promise<{ megabytes: number }> {
  const copy = await makeSmallFolder({ 'package.json': '{ "type": "module" }' })
  for (const part of ['functions', 'eventing', 'platform/kafka', 'platform/mongodb']) {
    await cp(join(folder, part), join(copy.path, part), { recursive: true })
  }
  await cp(join(folder, 'platform/secrets.yaml'), join(copy.path, 'platform/secrets.yaml'))
  const options = ['--port', '0', '--json', '--speed', '40', '--only', 'persist,predict,score']
  const child = spawn(process.execPath, [CLI, 'start', copy.path, ...options])
  child.stderr.resume()
  const ended = once(child, 'exit')
  try {
    const port = await portOf(child.stdout)
    for (;;) {
      const { services } = await getJson(port, '/api/status', status)
      if (services.every(({ state }) => state === 'idle')) break
      await pause(POLL_MS)
    }
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(child.pid)])
    return { megabytes: Number(stdout) / 1024 }
  } finally {
    child.kill('SIGTERM')
    await ended
    await copy.remove()
  }
}

/** The port that `nowcast start` says it listens on; its further output is let go. */
async function portOf(stdout: NodeJS.ReadableStream): Promise<number> {
  const lines = createInterface({ input: stdout })
  for await (const line of lines) {
    const said = started.safeParse(JSON.parse(line))
    if (!said.success) continue
    stdout.resume()
    return Number(new URL(said.data.address).port)
  }
  throw new Error('the platform did not start')
}
