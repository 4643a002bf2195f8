import type { Command } from 'commander'

import { describeError } from '../../functions/lib/log.ts'
import type { KafkaCluster } from '../../platform/local/broker/kafka/kafka-cluster.ts'
import { CommandFailure } from './failure.ts'
import type { Message } from './message.ts'
import { bootstrapServers } from './options.ts'

/** What a command that can talk to a Kafka by itself takes. */
export interface ClusterOptions {
  readonly kafka?: readonly string[]
}

/** Gives a command the option to talk to a Kafka instead of a running platform. */
export function withClusterOption(command: Command): Command {
  return command.option(
    '--kafka <host:port>',
    'talk to this Kafka, in plain text, instead of a platform',
    bootstrapServers,
  )
}

/** Writes the record that a topic's KafkaSink would write for an HTTP message. */
export async function appendMessage(
  cluster: KafkaCluster,
  topic: string,
  { headers, body }: Pick<Message, 'headers' | 'body'>,
): Promise<void> {
  const { readHttp } = await import('../../platform/local/cloud-events/binary-mode.ts')
  const { sinkRecord } = await import('../../platform/local/cloud-events/sink-record.ts')
  const reading = readHttp(headers, body)
  if (reading.kind === 'fault')
    throw new CommandFailure(`not sent: no CloudEvent: ${reading.fault}`)
  await cluster.append(sinkRecord(reading.event, { topic, contentMode: 'binary' }))
}

/** Talks to a Kafka and lets go of it again. Fails with a sentence. */
export async function askCluster<T>(
  servers: readonly string[],
  ask: (cluster: KafkaCluster) => Promise<T>,
): Promise<T> {
  // Loaded here: the driver is large, and a command that asks a platform does without.
  const { openKafkaCluster } = await import('../../platform/local/broker/kafka/kafka-cluster.ts')
  const cluster = openKafkaCluster(servers)
  try {
    return await ask(cluster)
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause
    throw new CommandFailure(describeError(cause), 1, { cause })
  } finally {
    await cluster.close()
  }
}
