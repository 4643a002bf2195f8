import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { RunningService } from '../../../../../platform/local/parts/service/service.ts'
import { ask } from '../../../../support/ask.ts'
import { eventually } from '../../../../support/eventually.ts'
import { isAlive, openServiceBench } from '../../../../support/service-bench.ts'
import type { ServiceBench } from '../../../../support/service-bench.ts'

/** A window of a minute passes in a second and a half, the grace period in three quarters of one. */
const SPEED = 40
const WAIT_MS = 20_000

let bench: ServiceBench

beforeEach(async () => {
  bench = await openServiceBench({ speed: SPEED })
})

afterEach(() => bench.close())

const scaled = (annotations: Readonly<Record<string, string>>) => ({
  annotations: Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [`autoscaling.knative.dev/${name}`, value]),
  ),
})
const isReady = (service: RunningService, instances: number) =>
  eventually(() => {
    const status = service.status()
    return status.state === 'ready' && status.instances === instances
  }, WAIT_MS)
const isIdle = (service: RunningService) =>
  eventually(() => service.status().state === 'idle' && service.pids().length === 0, WAIT_MS)

describe('without requests', () => {
  it('a Service begins with one instance, goes to zero, and leaves no process', async () => {
    const service = await bench.start()
    await isReady(service, 1)
    const [pid = 0] = service.pids()
    await isIdle(service)
    expect(service.status()).toMatchObject({ instances: 0, desired: 0, isPanicking: false })
    expect(isAlive(pid)).toBe(false)
  })

  it('it begins with its initial scale', async () => {
    const service = await bench.start(scaled({ 'initial-scale': '3' }))
    await isReady(service, 3)
    expect(new Set(service.pids()).size).toBe(3)
    await isIdle(service)
  })

  it('it keeps its min-scale', async () => {
    const service = await bench.start(
      scaled({ 'min-scale': '2', 'initial-scale': '3', window: '6s' }),
    )
    await isReady(service, 3)
    await isReady(service, 2)
    // As long as another one takes to go to zero, it stays.
    const other = await bench.start({ ...scaled({ window: '6s' }), name: 'other' })
    await isReady(other, 1)
    await isIdle(other)
    expect(service.status()).toMatchObject({ instances: 2, desired: 2, state: 'ready' })
  })

  it('its last instance stays for its retention', async () => {
    const quick = await bench.start(scaled({ window: '6s' }))
    const kept = await bench.start({
      ...scaled({ window: '6s', 'scale-to-zero-pod-retention-period': '1h' }),
      name: 'kept',
    })
    await isReady(kept, 1)
    await isIdle(quick)
    expect(kept.status()).toMatchObject({ instances: 1, desired: 1 })
  })
})

describe('at zero', () => {
  it('the first request starts an instance and is answered, and so are those that come meanwhile', async () => {
    const service = await bench.start(scaled({ window: '6s' }))
    await isIdle(service)
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, number) => ask(service, `/n/${number}`)),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    await isIdle(service)
    expect((await ask(service, '/n/again')).status).toBe(200)
  })

  it('the activation scale is what it starts with', async () => {
    const service = await bench.start(scaled({ window: '6s', 'activation-scale': '3' }))
    await isIdle(service)
    expect((await ask(service, '/n/1')).status).toBe(200)
    await isReady(service, 3)
  })
})

describe('with many requests at once', () => {
  it('it gets the instances its target asks for, in a panic, and shares them fairly', async () => {
    const service = await bench.start({
      ...scaled({ target: '2', 'target-utilization-percentage': '100', 'max-scale': '4' }),
      containerConcurrency: 2,
    })
    const held = Array.from({ length: 8 }, () => ask(service, '/hold/all'))
    await isReady(service, 4)
    await eventually(() => service.status().queued === 0)
    expect(service.status()).toMatchObject({ inFlight: 8, isPanicking: true, desired: 4 })
    await bench.release('all')
    expect((await Promise.all(held)).every(({ status }) => status === 200)).toBe(true)
    await isIdle(service)
  })

  it('it never has more than its max-scale', async () => {
    const service = await bench.start({
      ...scaled({ target: '1', 'max-scale': '2' }),
      containerConcurrency: 1,
    })
    const held = Array.from({ length: 6 }, () => ask(service, '/hold/all'))
    await isReady(service, 2)
    await eventually(() => service.status().inFlight === 2)
    expect(service.status()).toMatchObject({ queued: 4, desired: 2 })
    await bench.release('all')
    await Promise.all(held)
  })

  it('it scales by requests a second when that is its metric', async () => {
    const service = await bench.start(
      scaled({ metric: 'rps', target: '10', 'max-scale': '3', window: '6s' }),
    )
    await isReady(service, 1)
    const end = new AbortController()
    const sender = async () => {
      while (!end.signal.aborted) await ask(service, '/n/1')
    }
    const sending = sender()
    await isReady(service, 3)
    end.abort()
    await sending
  })
})
