import process from 'node:process'
import type { Command } from 'commander'
import { z } from 'zod'

import type { KafkaCluster } from '../../platform/local/broker/kafka/kafka-cluster.ts'
import { listenTo } from './client.ts'
import { askCluster, withClusterOption } from './cluster.ts'
import type { ClusterOptions } from './cluster.ts'
import { CommandFailure } from './failure.ts'
import { wholeNumber, withClientOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import { cut, printable } from './printable.ts'

interface TailOptions extends ClientOptions, ClusterOptions {
  readonly last?: number
}

const SHOWN_BEFORE_FOLLOWING = 10

/** `nowcast tail` */
export function addTail(program: Command): void {
  withClusterOption(
    withClientOptions(program.command('tail'), 'print one structured CloudEvent a line'),
  )
    .description('show the newest records of a topic, then each new one until Ctrl-C')
    .argument('<topic>', 'e.g. mlscore')
    .option(
      '-n, --last <count>',
      'show the newest so many and end, waiting while there are fewer',
      wholeNumber(1, 10_000),
    )
    .action(tail)
}

async function tail(topic: string, { port, kafka, json, last }: TailOptions): Promise<void> {
  const shown = last ?? SHOWN_BEFORE_FOLLOWING
  async function print(records: AsyncIterable<string>): Promise<void> {
    let left = last ?? Infinity
    for await (const data of records) {
      console.log(json ? data : recordLine(data, process.stdout.columns))
      left -= 1
      if (left <= 0) return
    }
  }
  if (kafka === undefined) await print(tailOfPlatform(port, topic, shown))
  else await askCluster(kafka, (cluster) => print(tailOfCluster(cluster, topic, shown)))
}

async function* tailOfPlatform(port: number, topic: string, last: number): AsyncGenerator<string> {
  const path = `/api/topics/${encodeURIComponent(topic)}/stream?last=${last}`
  for await (const { event, data } of listenTo(port, path)) {
    if (event === 'record') yield data
  }
}

async function* tailOfCluster(
  cluster: KafkaCluster,
  topic: string,
  last: number,
): AsyncGenerator<string> {
  const { recordJson } = await import('../../platform/local/console/record-event.ts')
  const stopped = new AbortController()
  const stop = (): void => stopped.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    for await (const record of cluster.follow(topic, last, stopped.signal)) yield recordJson(record)
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

const record = z.looseObject({
  type: z.string(),
  subject: z.string().optional(),
  recordtimestamp: z.string(),
  recordkey: z.string().optional(),
  knativekafkapartition: z.number(),
  knativekafkaoffset: z.number(),
  data: z.unknown(),
  data_base64: z.string().optional(),
})

/** A record for people: when, where, what, whose, and its data; cut to the terminal's width when there is one. */
function recordLine(json: string, columns: number | undefined): string {
  const result = record.safeParse(JSON.parse(json))
  if (!result.success) throw new CommandFailure('the console sent what is no record')
  const { type, subject, data, data_base64: base64, ...place } = result.data
  const { recordtimestamp, recordkey, knativekafkapartition, knativekafkaoffset } = place
  const words = [
    recordtimestamp.replace('T', ' ').replace('Z', ''),
    `${knativekafkapartition}:${knativekafkaoffset}`,
    type,
    recordkey ?? subject ?? '-',
    base64 === undefined ? (JSON.stringify(data) ?? 'no data') : `base64 ${base64}`,
  ]
  const line = words.map(printable).join('  ')
  return columns === undefined ? line : cut(line, columns)
}
