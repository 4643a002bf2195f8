import process from 'node:process'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { Database } from '../functions/lib/connect.ts'
import { parseEvaluation } from '../functions/lib/models/evaluation-document.ts'
import { eventually } from './support/eventually.ts'
import { backends, TAKE_DEADLINE_MS } from './support/backends.ts'
import type { TakenBackend } from './support/backends.ts'
import { controlKafka, isKafkaControlled } from './support/kafka-control.ts'
import { makeFlowFolder } from './support/flow-folder.ts'
import type { FlowFolder } from './support/flow-folder.ts'
import { startRunningPlatform } from './support/running-platform.ts'
import type { RunningPlatform } from './support/running-platform.ts'
import { at } from './support/workbench.ts'

describe.each(backends)('kill -9 in the middle of samples, on $name', (backend) => {
  if (backend.skipped !== undefined) {
    it.skip(`is not tested: ${backend.skipped}`, () => undefined)
    return
  }
  const options = [...backend.args, '--speed', '20']
  const onReal = backend.args.includes('--kafka')
  // The real servers that tests use take ten times as long for a sample.
  const COUNT = onReal ? 1_000 : 2_000
  let taken: TakenBackend
  let folder: FlowFolder
  let platform: RunningPlatform
  let store: Database

  beforeEach(async () => {
    taken = await backend.take()
    folder = await makeFlowFolder({
      without: ['simulate.yaml', 'train.yaml'],
      models: ['ridgecv'],
    })
    platform = await startRunningPlatform(folder.path, options)
    store = await backend.openStore(folder.path)
    await simulated(-60, 60)
    await platform.settled()
    await platform.invoke('train', {
      id: 'tick',
      type: 'dev.knative.sources.ping',
      time: at(0),
      data: {},
    })
  }, TAKE_DEADLINE_MS)
  afterEach(async () => {
    await store.close()
    await platform.stop()
    await folder.remove()
    await taken.release()
  }, 20_000)

  /** Asks for samples until they are acknowledged: an event that was not answered 204 is its sender's to send again. */
  async function simulated(from: number, count: number): Promise<void> {
    const request = { id: 'ask', type: 'test.ask', data: { count, from: at(from), seed: 1 } }
    await eventually(async () => {
      try {
        return (await platform.invoke('simulate', request)) === 204
      } catch {
        return false
      }
    }, 60_000)
  }

  async function expectAllOnce(): Promise<void> {
    await platform.settled(120_000)
    const rows = await store.rows.window('mltest', at(COUNT - 1), {
      kind: 'rows',
      rows: COUNT + 100,
    })
    expect(rows).toHaveLength(COUNT + 60)
    const scores = await store.scores.newest('mltest', COUNT + 100)
    expect(scores.map(({ timestamp }) => timestamp)).toEqual(
      Array.from({ length: COUNT }, (_, index) => at(index)),
    )
    expect(new Set(scores.map(({ model }) => model))).toEqual(new Set(['ridgecv']))
    const evaluation = parseEvaluation((await store.states.get('evaluation:mltest'))?.document)
    expect(evaluation.horizons['ridgecv/0']?.metrics.all.count).toBe(COUNT)
    const { sources } = await platform.status()
    for (const { deadLettered, dropped } of sources) expect(deadLettered + dropped).toBe(0)
  }

  /** Kills the newest process of a Service, once there is one: without work it goes to zero. Answers its pid. */
  const killProcess = (service: string): Promise<number> =>
    eventually(() => {
      const pid = platform.pidOf(service)
      process.kill(pid, 'SIGKILL')
      return pid
    }, 60_000)

  const halfStored = () =>
    eventually(async () => {
      const newest = await store.rows.newestComplete('mltest')
      return newest !== undefined && newest >= at(0)
    }, 60_000)

  // Real servers take a minute a case; there the one after the other below stands for all.
  const whenEmbedded = onReal ? it.skip : it
  whenEmbedded.each(['simulate', 'persist', 'predict', 'score', 'evaluate'])(
    'of the process of %s: every sample is stored and scored, none twice',
    async (service) => {
      // The second half is asked for when the first is under way: so there is work for every Service after the kill.
      const firstHalf = simulated(0, COUNT / 2)
      await halfStored()
      const asked = Promise.all([firstHalf, simulated(COUNT / 2, COUNT / 2)])
      const pid = await killProcess(service)
      await asked
      await eventually(() => platform.pidOf(service) !== pid, 20_000)
      await expectAllOnce()
    },
    180_000,
  )

  it('of the process of train in the middle of its work: its tick makes one version', async () => {
    await simulated(0, 60)
    await platform.settled()
    const tick = { id: 'tick-2', type: 'dev.knative.sources.ping', time: at(60), data: {} }
    const asked = platform.invoke('train', tick)
    await killProcess('train')
    await asked.catch(() => {})
    await eventually(async () => (await platform.invoke('train', tick)) === 204, 20_000)
    const versions = await store.models.list({ limit: 10 })
    expect(versions.map(({ version }) => version)).toEqual([1, 0])
  }, 60_000)

  it('of one process after the other while samples arrive: every sample is stored and scored, none twice', async () => {
    const services = [
      'persist',
      'score',
      'predict',
      'simulate',
      'persist',
      'predict',
      'score',
      'persist',
    ]
    const batch = COUNT / services.length
    for (const [index, service] of services.entries()) {
      const asked = simulated(index * batch, batch)
      const pid = await killProcess(service)
      await asked
      await eventually(() => platform.pidOf(service) !== pid, 60_000)
    }
    await expectAllOnce()
  }, 300_000)

  const withBroker = onReal && isKafkaControlled
  const reason = withBroker
    ? ''
    : ' (not tested: set KAFKA_BROKERS, and KAFKA_CONTROL to its script)'
  const whenControlled = withBroker ? it : it.skip
  whenControlled(
    `of the broker, which comes back: every sample is stored and scored, none twice${reason}`,
    async () => {
      const asked = simulated(0, COUNT)
      await halfStored()
      await controlKafka('kill')
      await controlKafka('up')
      await asked
      await expectAllOnce()
    },
    240_000,
  )

  it.each([
    [
      'while the samples are still asked for',
      (asked: Promise<void>) => Promise.race([asked, halfStored()]),
    ],
    ['as soon as they are acknowledged', (asked: Promise<void>) => asked],
  ])(
    'of the platform, %s: the next start loses none, none twice',
    async (_name, moment) => {
      const asked = simulated(0, COUNT)
      await moment(asked)
      const services = ['simulate', 'persist', 'predict', 'score', 'evaluate', 'train']
      const pids = services.map((service) => platform.pidOf(service))
      const { time } = await platform.status()
      await platform.kill()
      await eventually(() => pids.every((pid) => !isAlive(pid)))
      platform = await startRunningPlatform(folder.path, options)
      expect((await platform.status()).time >= time).toBe(true)
      await asked
      await expectAllOnce()
    },
    180_000,
  )
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
