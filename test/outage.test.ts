import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { Database } from '../functions/lib/connect.ts'
import { backends, TAKE_DEADLINE_MS } from './support/backends.ts'
import type { TakenBackend } from './support/backends.ts'
import { eventually } from './support/eventually.ts'
import { makeFlowFolder } from './support/flow-folder.ts'
import type { FlowFolder } from './support/flow-folder.ts'
import { controlKafka, isKafkaControlled } from './support/kafka-control.ts'
import { startRunningPlatform } from './support/running-platform.ts'
import type { RunningPlatform } from './support/running-platform.ts'
import { at } from './support/workbench.ts'

const real = backends.find(({ args }) => args.includes('--kafka'))

if (real === undefined || !isKafkaControlled) {
  describe('a Kafka that is away', () => {
    it.skip('is not tested: set KAFKA_BROKERS, and KAFKA_CONTROL to the script of its broker', () => {})
  })
} else {
  describe(`a Kafka that is away, on ${real.name}`, () => {
    let taken: TakenBackend
    let folder: FlowFolder
    let platform: RunningPlatform
    let store: Database

    beforeEach(async () => {
      taken = await real.take()
      folder = await makeFlowFolder({
        without: ['simulate.yaml', 'train.yaml'],
        models: ['ridgecv'],
      })
    }, TAKE_DEADLINE_MS)
    afterEach(async () => {
      await store.close()
      await platform.stop()
      await folder.remove()
      await controlKafka('up')
      await taken.release()
    }, 60_000)

    const asked = (from: number, count: number): Promise<number> =>
      platform.invoke('simulate', {
        id: `ask-${from}`,
        type: 'test.ask',
        data: { count, from: at(from), seed: 1 },
      })
    const answered = (from: number, count: number) =>
      eventually(async () => (await asked(from, count)) === 204, 60_000)
    const stored = (count: number) =>
      eventually(async () => {
        const rows = await store.rows.window('mltest', at(9_999), { kind: 'rows', rows: 9_999 })
        return rows.length === count
      }, 60_000)
    const said = (text: string) =>
      platform.facts.filter(({ fact, level }) => level !== 'debug' && fact.includes(text))

    it('in the middle of a stream: functions answer 503, it is said once, and every row arrives', async () => {
      platform = await startRunningPlatform(folder.path, real.args)
      store = await real.openStore(folder.path)
      await answered(0, 500)
      await controlKafka('kill')
      for (let time = 0; time < 5; time += 1) expect(await asked(500, 500)).toBe(503)
      await eventually(() => said('cannot read mltest').length === 2, 30_000)
      await controlKafka('up')
      await answered(500, 500)
      await stored(1_000)
      const changes = said('the Kafka brokers').filter(({ who }) => who === 'simulate')
      expect(changes.map(({ fact }) => fact)).toEqual([
        'the Kafka brokers cannot be reached: events are not taken until they can',
        'the Kafka brokers are back',
      ])
      await eventually(() => said('reads mltest again').length === 2)
      expect(said('cannot read mltest')).toHaveLength(2)
    }, 180_000)

    it('from the start: everything starts, functions answer 503, and work when it has come', async () => {
      await controlKafka('kill')
      platform = await startRunningPlatform(folder.path, real.args)
      store = await real.openStore(folder.path)
      expect(await asked(0, 100)).toBe(503)
      expect(said('cannot be reached, will try again')).toHaveLength(1)
      await controlKafka('up')
      await answered(0, 100)
      await stored(100)
      expect(said('is reached, and has the declared topics')).toHaveLength(1)
    }, 180_000)
  })
}
