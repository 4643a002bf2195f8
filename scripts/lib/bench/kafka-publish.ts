import { randomUUID } from 'node:crypto'
import { CompressionTypes } from 'kafkajs'

import { kafkaClient } from '../../../functions/lib/adapters/kafka-client.ts'
import { kafkaEvents } from '../../../functions/lib/adapters/kafka-events.ts'
import { inParallel, timed } from './drive.ts'

const ROWS = 200
const EVENTS = 1_500
const WARM_UP = 300
/** As many requests as a source has in flight to one function: one a partition. */
const WIDTH = 5
const TOPIC = 'mlmodel'

export interface PublishRates {
  /** Rows a second, each the better of three runs. */
  readonly ours: number
  readonly raw: number
}

/** Rows that functions publish through the port, against the driver alone sending the same events with the same promises. */
export async function benchKafkaPublish(brokers: string): Promise<PublishRates> {
  const batches = Array.from({ length: EVENTS }, (_, batch) =>
    Array.from({ length: ROWS }, (_row, row) => {
      return {
        timestamp: `${batch}-${row}`,
        prediction: batch * 1.1,
        model: 'ridgecv',
        version: row,
      }
    }),
  )
  async function run(send: (rows: readonly object[]) => Promise<unknown>): Promise<number> {
    const sendOne = async (rows: readonly object[]): Promise<void> => {
      await send(rows)
    }
    await inParallel(batches.slice(0, WARM_UP), WIDTH, sendOne)
    const seconds = await timed(() => inParallel(batches, WIDTH, sendOne))
    return (EVENTS * ROWS) / seconds
  }

  const events = await kafkaEvents(`kafka://${brokers}?security=plaintext`, {
    source: '/bench',
    credentials: undefined,
    log: () => undefined,
  })
  const producer = kafkaClient('bench', { brokers: brokers.split(',') }, undefined, {}).producer({
    idempotent: true,
  })
  await producer.connect()
  const type = 'dev.nowcast.model'
  let ours = 0
  let raw = 0
  for (let turn = 0; turn < 3; turn += 1) {
    const rawNow = await run((rows) => producer.send(record(rows)))
    const oursNow = await run((rows) =>
      events.publish([{ type, series: 's', partitionKey: randomUUID(), rows }]),
    )
    raw = Math.max(raw, rawNow)
    ours = Math.max(ours, oursNow)
  }
  await events.close()
  await producer.disconnect()
  return { ours, raw }
}

function record(rows: readonly object[]) {
  const headers = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_source: '/bench',
    ce_type: 'dev.nowcast.model',
    ce_subject: 's',
  }
  return {
    topic: TOPIC,
    acks: -1,
    compression: CompressionTypes.GZIP,
    messages: [{ key: randomUUID(), headers, value: JSON.stringify({ rows }) }],
  }
}
