import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { embeddedBroker } from '../../../../platform/local/broker/embedded-broker.ts'
import { openSqliteLog } from '../../../../platform/local/log/sqlite-log.ts'
import { brokerContract } from '../../../contracts/broker.contract.ts'

brokerContract(
  'the embedded log',
  async (topics) => {
    const folder = mkdtempSync(join(tmpdir(), 'nowcast-'))
    const log = openSqliteLog(join(folder, 'log.db'), () => Date.now())
    for (const topic of topics) {
      log.createTopic({ topic, partitions: 3, retentionMs: undefined, maxMessageBytes: 100_000 })
    }
    return {
      broker: embeddedBroker(log),
      another: async () => undefined,
      async remove() {
        log.close()
        rmSync(folder, { recursive: true })
      },
    }
  },
  { sharesPartitions: false, deletesGroups: true },
)
