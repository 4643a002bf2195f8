import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { topicStatuses } from '../../../../platform/local/console/topics.ts'
import { source, startConsoleServer } from '../../../support/console-server.ts'
import type { ConsoleServer } from '../../../support/console-server.ts'

let server: ConsoleServer
beforeEach(async () => {
  server = await startConsoleServer()
  const record = { topic: 'mltest', key: undefined, headers: {}, value: undefined }
  await server.log.append([0, 0, 0, 1, 1, 2].map((partition) => ({ ...record, partition })))
})
afterEach(() => server.close())

describe('the topics', () => {
  it('tell how far a group is behind by what it committed', async () => {
    server.log.commit(
      'g',
      'mltest',
      new Map([
        [0, 2],
        [1, 2],
      ]),
    )
    const [mltest, mlscore] = await topicStatuses(server.view.broker, [])
    expect(mltest).toEqual({
      topic: 'mltest',
      partitions: 3,
      records: 6,
      newest: 6,
      groups: [{ group: 'g', lag: 2 }],
    })
    expect(mlscore).toMatchObject({ topic: 'mlscore', newest: 0, groups: [] })
  })

  it('believe a KafkaSource about its own group: it knows what is delivered and not committed', async () => {
    server.log.commit('g', 'mltest', new Map([[0, 2]]))
    const sources = [
      source('persist', {
        kind: 'KafkaSource',
        group: 'g',
        lag: [{ topic: 'mltest', records: 1 }],
      }),
    ]
    expect((await topicStatuses(server.view.broker, sources))[0]?.groups).toEqual([
      { group: 'g', lag: 1 },
    ])
  })
})
