import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import type { Database } from '../functions/lib/connect.ts'
import { simulate } from '../functions/simulate/simulate.ts'
import { backends, KAFKA_BROKERS, TAKE_DEADLINE_MS, testKafka } from './support/backends.ts'
import type { TakenBackend } from './support/backends.ts'
import { eventually } from './support/eventually.ts'
import { makeFlowFolder } from './support/flow-folder.ts'
import type { FlowFolder } from './support/flow-folder.ts'
import { startRunningPlatform } from './support/running-platform.ts'
import type { RunningPlatform } from './support/running-platform.ts'
import { at } from './support/workbench.ts'

const BEGIN = Date.parse(at(0)) / 1_000
const COUNT = 60

/** What the seed system's producer sends each second: no header, the key says what it is. */
function seedRecords(from: number, to: number): { key: string; value: string }[] {
  return Array.from({ length: to - from }, (_, index) => from + index).flatMap((second) => {
    const { features, target } = simulate(1, BEGIN + second)
    // As Python writes a UTC time: without a zone.
    const timestamp = at(second).replace('.000Z', '')
    return [
      { key: 'features', value: JSON.stringify({ timestamp, ...features }) },
      { key: 'target', value: JSON.stringify({ timestamp, target }) },
    ]
  })
}

const real = backends.find(({ args }) => args.includes('--kafka'))

if (KAFKA_BROKERS === undefined || real === undefined) {
  describe('the seed system’s producer', () => {
    it.skip('is not tested: set KAFKA_BROKERS to brokers, as test/contracts/README.md says', () => {})
  })
} else {
  describe(`the seed system’s producer, on ${real.name}`, () => {
    let taken: TakenBackend
    let folder: FlowFolder
    let platform: RunningPlatform
    let store: Database

    beforeAll(async () => {
      taken = await real.take()
      folder = await makeFlowFolder({
        without: ['simulate.yaml', 'train.yaml'],
        models: ['ridgecv'],
      })
      platform = await startRunningPlatform(folder.path, real.args)
      store = await real.openStore(folder.path)
    }, TAKE_DEADLINE_MS)
    afterAll(async () => {
      await store.close()
      await platform.stop()
      await folder.remove()
      await taken.release()
    }, 20_000)

    async function send(from: number, to: number): Promise<void> {
      const producer = testKafka(KAFKA_BROKERS ?? '').producer()
      await producer.connect()
      await producer.send({ topic: 'mltest', messages: seedRecords(from, to) })
      await producer.disconnect()
    }

    it('gets rows, predictions and scores from records without any header', async () => {
      await send(0, COUNT)
      await eventually(
        async () => (await store.rows.newestComplete('mltest')) === at(COUNT - 1),
        30_000,
      )
      await platform.invoke('train', {
        id: 'tick',
        type: 'dev.knative.sources.ping',
        time: at(COUNT),
        data: {},
      })
      await send(COUNT, 2 * COUNT)
      const scores = await eventually(async () => {
        const found = await store.scores.newest('mltest', 1_000)
        return found.length >= COUNT && found
      }, 30_000)
      expect(scores.map(({ timestamp, model }) => [timestamp, model])).toEqual(
        Array.from({ length: COUNT }, (_, index) => [at(COUNT + index), 'ridgecv']),
      )
      const rows = await store.rows.window('mltest', at(2 * COUNT), { kind: 'rows', rows: 1_000 })
      expect(rows).toHaveLength(2 * COUNT)
      expect(rows.slice(COUNT).every(({ predictions }) => 'ridgecv' in predictions)).toBe(true)
    }, 120_000)
  })
}
