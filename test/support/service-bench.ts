import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startClock } from '../../platform/local/clock.ts'
import type { Level } from '../../platform/local/facts.ts'
import type { ServiceManifest } from '../../platform/local/manifests/inventory.ts'
import { createPorts } from '../../platform/local/parts/service/ports.ts'
import { startService } from '../../platform/local/parts/service/service.ts'
import type { RunningService } from '../../platform/local/parts/service/service.ts'

interface ToldFact {
  readonly level: Level
  readonly who: string
  readonly fact: string
  readonly details: Readonly<Record<string, unknown>> | undefined
}

/** A folder with a small HTTP server in plain JavaScript, and Services that run it. */
export interface ServiceBench {
  readonly folder: string
  readonly facts: readonly ToldFact[]
  /** Starts `node server.js` as a Service named `echo`; `variables` become its environment. */
  start(
    manifest?: Partial<ServiceManifest>,
    variables?: Readonly<Record<string, string>>,
  ): Promise<RunningService>
  write(name: string, text: string): Promise<void>
  /** Lets the server go on that waits for this name, at `/hold/<name>` or before it listens (`HELD=<name>`). */
  release(name: string): Promise<void>
  /** Whether so many requests are held at once, or were. */
  isHeld(name: string, requests: number): boolean
  /** From now on no environment can be resolved, for this reason. */
  failEnvironment(reason: string): void
  /** Ends the Services and removes the folder. */
  close(): Promise<void>
}

/** `speed` is that of the platform's clock, by which the autoscaler's windows pass. */
export async function openServiceBench({ speed = 1 } = {}): Promise<ServiceBench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nowcast-service-'))
  const facts: ToldFact[] = []
  const running: RunningService[] = []
  const ports = createPorts()
  let missing: string | undefined
  const clock = startClock({ speed, notBefore: 0 })
  const write = (name: string, text: string) => writeFile(path.join(folder, name), text)
  await write('package.json', '{ "type": "commonjs" }')
  await write('server.js', SERVER)
  return {
    folder,
    facts,
    write,
    release: (name) => write(`${name}.released`, ''),
    isHeld: (name, requests) => existsSync(path.join(folder, `${name}.held.${requests}`)),
    failEnvironment: (reason) => (missing = reason),
    async start(manifest = {}, variables = {}) {
      const service = await startService(serviceManifest(manifest), {
        folder,
        ports,
        clock,
        compileCache: path.join(folder, 'compiled'),
        gatewayPort: 8080,
        facts: (level, who, fact, details) => facts.push({ level, who, fact, details }),
        environment: () => {
          if (missing !== undefined) throw new Error(missing)
          return { variables, local: (text) => text }
        },
      })
      running.push(service)
      return service
    },
    async close() {
      await Promise.all(running.map((service) => service.close()))
      if (existsSync(folder)) await rm(folder, { recursive: true })
    },
  }
}

/** A Service manifest as it is read, with Knative's defaults. */
export function serviceManifest(fields: Partial<ServiceManifest> = {}): ServiceManifest {
  return {
    kind: 'Service',
    name: 'echo',
    namespace: 'test',
    file: 'echo/service.yaml',
    line: 1,
    annotations: {},
    command: ['node', 'server.js'],
    workingDirectory: undefined,
    containerPort: 8080,
    containerConcurrency: 0,
    timeoutSeconds: 300,
    responseStartTimeoutSeconds: undefined,
    idleTimeoutSeconds: 0,
    env: [],
    envFrom: [],
    mounts: [],
    readinessProbe: undefined,
    livenessProbe: undefined,
    startupProbe: undefined,
    ...fields,
  }
}

/** Whether a process lives. One that only waits for its parent to take note of its end does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const status = `/proc/${pid}/status`
  return !existsSync(status) || !readFileSync(status, 'utf8').includes('State:\tZ')
}

const SERVER = `
const http = require('node:http')
const fs = require('node:fs')
let now = 0
let peak = 0
const seen = []
const released = (name, then) => fs.existsSync(name + '.released') ? then() : setTimeout(released, 5, name, then)

const server = http.createServer((request, response) => {
  peak = Math.max(peak, ++now)
  response.on('close', () => now--)
  const [, verb, name] = request.url.split('/')
  const json = (value) => response.end(JSON.stringify(value))
  seen.push(request.url)
  if (verb === 'env') json(process.env)
  else if (verb === 'cwd') json(process.cwd())
  else if (verb === 'argv') json(process.argv.slice(2))
  else if (verb === 'peak') json(peak)
  else if (verb === 'seen') json(seen)
  else if (verb === 'headers') json(request.headers)
  else if (verb === 'status') { response.statusCode = Number(name); response.end() }
  else if (verb === 'hold') fs.writeFileSync(name + '.held.' + now, ''), released(name, () => response.end('released'))
  else if (verb === 'begin') { response.write('begun '); released(name, () => response.end('and ended')) }
  else if (verb === 'begin-of') { response.setHeader('content-length', name); response.write('begun ') }
  else if (verb === 'drip') { let left = Number(name); const drip = () => left-- > 0 ? (response.write('drop '), setTimeout(drip, 60)) : response.end(); drip() }
  else if (verb === 'die') process.kill(process.pid, 'SIGKILL')
  else if (verb === 'die-midway') { response.write('half', () => process.kill(process.pid, 'SIGKILL')) }
  else if (verb === 'early') response.end('early')
  else if (verb === 'deaf') response.end(() => { server.close(); server.closeAllConnections(); released(name, listen) })
  else if (verb === 'print') { console.log(decodeURIComponent(name)); response.end() }
  else { response.setHeader('x-path', request.url); request.pipe(response) }
})
const listen = () => server.listen(process.env.PORT, '127.0.0.1')
process.env.HELD ? released(process.env.HELD, listen) : listen()
if (process.env.STUBBORN) process.on('SIGTERM', () => console.log('SIGTERM is ignored'))
else process.on('SIGTERM', () => server.close(() => process.exit(0)))
`
