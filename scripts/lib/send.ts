import type { Command } from 'commander'

import { post } from './client.ts'
import { appendMessage, askCluster, withClusterOption } from './cluster.ts'
import type { ClusterOptions } from './cluster.ts'
import { CommandFailure } from './failure.ts'
import { INGRESS } from './ingress.ts'
import type { EventOptions, Message } from './message.ts'
import { withClientOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import { printable } from './printable.ts'
import { readSource } from './source.ts'

interface SendOptions extends ClientOptions, ClusterOptions, EventOptions {
  readonly namespace: string
}

/** `nowcast send` */
export function addSend(program: Command): void {
  withClusterOption(withClientOptions(program.command('send'), 'print the result as JSON'))
    .description("send an event to a topic's KafkaSink")
    .argument('<topic>', 'the KafkaSink, which is named as its topic')
    .argument(
      '<json>',
      'the event, or its data with --type: JSON, @file, or - for what is piped in',
    )
    .option('--type <type>', 'features, target, prediction, or any CloudEvents type')
    .option('--series <name>', "the series of the rows: the event's subject and its partition key")
    .option('--subject <text>', "the event's subject")
    .option('--key <text>', 'the partition key: what has the same key stays in order')
    .option('--namespace <name>', 'where the KafkaSink is', 'nowcast')
    .addHelpText(
      'after',
      `
Examples:
  nowcast send mltest '{"timestamp":"2026-01-01T00:00:00Z","target":1.5}' --type target
  nowcast send mltest @event.json          a whole CloudEvent, sent byte for byte as it is
  nowcast send mltest - --type features    data from a pipe`,
    )
    .action(send)
}

async function send(topic: string, source: string, options: SendOptions): Promise<void> {
  // Loaded here: it needs the CloudEvents package, which the other commands need not wait for.
  const { message } = await import('./message.ts')
  const { id, headers, body } = message(await readSource(source), options)
  if (options.kafka === undefined) await sendToSink(topic, { headers, body }, options)
  else
    await askCluster(options.kafka, async (cluster) =>
      appendMessage(cluster, topic, { headers, body }),
    )
  console.log(options.json ? JSON.stringify({ id, topic }) : id)
}

type Sent = Pick<Message, 'headers' | 'body'>

async function sendToSink(
  topic: string,
  { headers, body }: Sent,
  options: SendOptions,
): Promise<void> {
  const path = `/${encodeURIComponent(options.namespace)}/${encodeURIComponent(topic)}`
  const { status, reason } = await post(options.port, { host: INGRESS, path, headers }, body)
  if (status !== 202) {
    const why = reason === '' ? '' : `: ${printable(reason)}`
    throw new CommandFailure(`not sent: the KafkaSink ${topic} answered ${status}${why}`)
  }
}
