import { spawn } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { eventually } from '../../../../support/eventually.ts'
import { isAlive, openServiceBench, serviceManifest } from '../../../../support/service-bench.ts'
import type { ServiceBench } from '../../../../support/service-bench.ts'

let bench: ServiceBench

beforeEach(async () => {
  bench = await openServiceBench()
})

afterEach(() => bench.close())

it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'leaves no process behind when the platform dies of %s without closing',
  async (signal) => {
    await bench.write('platform.mjs', platformScript(bench.folder))
    const platform = spawn(process.execPath, [path.join(bench.folder, 'platform.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const pids = await printedPids(platform.stdout)
      expect(pids).toHaveLength(3)
      expect(pids.every(isAlive)).toBe(true)
      platform.kill(signal)
      await eventually(() => !pids.some(isAlive))
    } finally {
      platform.kill('SIGKILL')
    }
  },
)

// A platform of one Service that ignores SIGTERM and has started a process of its own; it prints their pids.
function platformScript(folder: string): string {
  const part = (file: string) =>
    JSON.stringify(pathToFileURL(path.resolve('platform/local/parts/service', file)).href)
  const manifest = serviceManifest({
    // Kubernetes makes one dollar sign of two.
    command: ['sh', '-c', "trap '' TERM INT; sleep 1000 & echo $! $$$$; node server.js; wait"],
  })
  return `
    import { startService } from ${part('service.ts')}
    import { createPorts } from ${part('ports.ts')}
    import { startClock } from ${part('../../clock.ts')}
    let printed
    const service = await startService(${JSON.stringify(manifest)}, {
      folder: ${JSON.stringify(folder)},
      ports: createPorts(),
      clock: startClock({ speed: 1, notBefore: 0 }),
      compileCache: 'compiled',
      gatewayPort: 8080,
      facts: (level, who, fact) => { if (who === 'echo') printed ??= fact },
      environment: () => ({ variables: {}, local: (text) => text }),
    })
    const answer = await service.send({
      method: 'GET', path: '/env', headers: {}, body: new Uint8Array(), signal: new AbortController().signal,
    })
    answer.body.resume()
    console.log([printed, ...service.pids()].join(' '))
  `
}

async function printedPids(stdout: NodeJS.ReadableStream): Promise<number[]> {
  for await (const line of createInterface({ input: stdout })) return line.split(' ').map(Number)
  return []
}
