import type { Command } from 'commander'
import { z } from 'zod'

import { getJson } from './client.ts'
import { askCluster, withClusterOption } from './cluster.ts'
import type { ClusterOptions } from './cluster.ts'
import { withClientOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import { table } from './table.ts'

const topics = z.array(
  z.looseObject({
    topic: z.string(),
    partitions: z.number(),
    records: z.number(),
    newest: z.number(),
    groups: z.array(z.looseObject({ group: z.string(), lag: z.number() })),
  }),
)

/** `nowcast topics` */
export function addTopics(program: Command): void {
  withClusterOption(withClientOptions(program.command('topics'), 'print a JSON array'))
    .description('list the topics, and how far each consumer group is behind')
    .action(list)
}

async function list({ port, json, kafka }: ClientOptions & ClusterOptions): Promise<void> {
  const found =
    kafka === undefined
      ? await getJson(port, '/api/topics', topics)
      : await askCluster(kafka, (cluster) => cluster.figures())
  if (json) {
    console.log(JSON.stringify(found, undefined, 2))
  } else if (found.length === 0) {
    console.log(kafka === undefined ? 'no topic is declared' : 'this Kafka has no topic')
  } else {
    const rows = found.map(({ topic, partitions, newest, records, groups }) => {
      const lags = groups.map(({ group, lag }) => `${group} ${lag}`).join(', ')
      return [topic, partitions, newest, records, lags === '' ? 'no group' : lags]
    })
    console.log(table(['topic', 'partitions', 'written', 'kept', 'lag of each group'], rows))
  }
}
