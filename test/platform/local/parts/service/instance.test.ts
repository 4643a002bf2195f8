import { rm } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Probe, ServiceManifest } from '../../../../../platform/local/manifests/inventory.ts'
import { startInstance } from '../../../../../platform/local/parts/service/instance.ts'
import { createPorts } from '../../../../../platform/local/parts/service/ports.ts'
import { DEFAULT_PROBE } from '../../../../../platform/local/parts/service/probe.ts'
import { eventually } from '../../../../support/eventually.ts'
import { openServiceBench, serviceManifest } from '../../../../support/service-bench.ts'
import type { ServiceBench } from '../../../../support/service-bench.ts'

let bench: ServiceBench

beforeEach(async () => {
  bench = await openServiceBench()
})

afterEach(() => bench.close())

describe('readiness', () => {
  it.each<{ name: string; probe: Partial<Probe> }>([
    { name: 'a port that can be connected to', probe: { kind: 'tcp' } },
    { name: 'an answer of 2xx', probe: { kind: 'http', path: '/status/204' } },
    { name: 'an answer of 3xx', probe: { kind: 'http', path: '/status/302' } },
    { name: 'a command that succeeds', probe: { kind: 'exec', command: ['true'] } },
    {
      name: 'several answers in a row',
      probe: { kind: 'http', path: '/env', successThreshold: 3 },
    },
  ])('is $name', async ({ probe }) => {
    const instance = await start({ readinessProbe: { ...DEFAULT_PROBE, ...probe } })
    await eventually(() => instance.isReady)
    await instance.stop()
    expect(instance.isReady).toBe(false)
  })

  it.each<{ name: string; probe: Partial<Probe> }>([
    { name: 'an answer of 4xx', probe: { kind: 'http', path: '/status/404' } },
    { name: 'a command that fails', probe: { kind: 'exec', command: ['false'] } },
    { name: 'a command that does not end', probe: { kind: 'exec', command: ['sleep', '1000'] } },
  ])('is not $name, which ends it at the progress deadline', async ({ probe }) => {
    const manifest = { readinessProbe: { ...DEFAULT_PROBE, ...probe } }
    const instance = await start(manifest, { progressDeadlineMs: 300 })
    expect(await instance.ended).toMatchObject({
      why: 'it was not ready within 0.3 s',
      readyForMs: 0,
    })
  })

  it('asks with the headers of the probe, in the environment of the container', async () => {
    await bench.write('ask.js', 'process.exit(process.env.ANSWER === "yes" ? 0 : 1)')
    const readinessProbe: Probe = { ...DEFAULT_PROBE, kind: 'exec', command: ['node', 'ask.js'] }
    const instance = await start({ readinessProbe }, { variables: { ANSWER: 'yes' } })
    await eventually(() => instance.isReady)
    await instance.stop()
  })
})

it('is ended when its liveness probe fails as often as it allows', async () => {
  const livenessProbe: Probe = {
    ...DEFAULT_PROBE,
    kind: 'http',
    path: '/status/500',
    periodSeconds: 0.05,
    failureThreshold: 2,
  }
  const instance = await start({ livenessProbe })
  expect((await instance.ended).why).toBe('it failed its liveness probe')
})

it('gets no requests while its readiness probe fails as often as it allows, and gets them again', async () => {
  const readinessProbe: Probe = {
    ...DEFAULT_PROBE,
    kind: 'exec',
    command: ['test', '!', '-e', 'tired'],
    periodSeconds: 0.05,
    failureThreshold: 2,
  }
  const instance = await start({ readinessProbe })
  await eventually(() => instance.isReady)
  expect(instance.reserve()).toBe(true)
  await bench.write('tired', '')
  await eventually(() => !instance.isReady)
  expect(instance.reserve()).toBe(false)
  await rm(path.join(bench.folder, 'tired'))
  await eventually(() => instance.isReady)
  await instance.stop()
})

describe('a startup probe', () => {
  const startupProbe: Probe = {
    ...DEFAULT_PROBE,
    kind: 'exec',
    command: ['test', '-e', 'up'],
    periodSeconds: 0.05,
    failureThreshold: 1_000,
  }

  it('is asked before the others', async () => {
    const livenessProbe = { ...startupProbe, failureThreshold: 1 }
    const instance = await start({ startupProbe, livenessProbe, readinessProbe: startupProbe })
    await bench.write('up', '')
    await eventually(() => instance.isReady)
    await instance.stop()
  })

  it('ends what does not come up', async () => {
    const instance = await start({ startupProbe: { ...startupProbe, failureThreshold: 2 } })
    expect((await instance.ended).why).toBe('it failed its startup probe')
  })
})

it('tells how it ended and the last it said', async () => {
  await bench.write(
    'broken.js',
    'console.error(`line one`); console.error(`line two`); process.exit(4)',
  )
  const instance = await start({ command: ['node', 'broken.js'] })
  expect(await instance.ended).toEqual({
    why: 'exit code 4',
    lastLines: ['line one', 'line two'],
    readyForMs: 0,
  })
})

it('frees its port for others', async () => {
  const ports = createPorts()
  const taken = await ports.take()
  ports.release(taken)
  const many = await Promise.all(Array.from({ length: 20 }, () => ports.take()))
  expect(new Set(many).size).toBe(20)
})

function start(
  fields: Partial<ServiceManifest>,
  {
    variables = {},
    progressDeadlineMs = 10_000,
  }: {
    variables?: Readonly<Record<string, string>>
    progressDeadlineMs?: number
  } = {},
) {
  return startInstance({
    manifest: serviceManifest(fields),
    revision: 'echo-00001',
    compileCache: path.join(bench.folder, 'compiled'),
    folder: bench.folder,
    facts: () => undefined,
    ports: createPorts(),
    environment: () => ({ variables, local: (text) => text }),
    progressDeadlineMs,
    onChange: () => undefined,
    onRoom: () => undefined,
  })
}
