import { createReadStream } from 'node:fs'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
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

interface SendOptions extends ClientOptions, ClusterOptions, EventOptions {
  readonly namespace: string
}

/** More than any topic takes, and no more than fits into memory with ease. */
const MAX_BYTES = 64 * 1024 * 1024

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

async function readSource(source: string): Promise<Buffer> {
  if (source === '-') return readAll(process.stdin, 'what is piped in')
  if (!source.startsWith('@')) return Buffer.from(source)
  const file = source.slice(1)
  return readAll(createReadStream(file), file)
}

async function readAll(stream: Readable, name: string): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  try {
    // Without an encoding a stream gives bytes.
    stream.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes > MAX_BYTES) stream.destroy(new Error('it is over 64 MB'))
      else parts.push(part)
    })
    await finished(stream)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : ''
    throw new CommandFailure(`${name} cannot be read: ${why}`, 2, { cause })
  }
  return Buffer.concat(parts)
}
