import process from 'node:process'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'

import { isRecord } from '../../functions/lib/row-events.ts'
import { invoke as ask } from './client.ts'
import { CommandFailure } from './failure.ts'
import type { EventOptions } from './message.ts'
import { withClientOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import { printable } from './printable.ts'
import { readSource } from './source.ts'

interface InvokeOptions extends ClientOptions, EventOptions {
  readonly namespace: string
  readonly path: string
}

/** `nowcast invoke` */
export function addInvoke(program: Command): void {
  withClientOptions(program.command('invoke'), 'print status and body as JSON')
    .description('ask a Service, as any client does: woken from zero, limited and timed out')
    .argument('<service>', 'the Service')
    .argument('<json>', 'what is posted: JSON, @file, or - for what is piped in')
    .option('--type <type>', 'make it the data of an event: features, target, or any other type')
    .option('--subject <text>', "the event's subject")
    .option('--path <path>', 'where in the Service', aPath, '/')
    .option('--namespace <name>', 'where the Service is', 'nowcast')
    .addHelpText(
      'after',
      `
Examples:
  nowcast invoke train '{}' --type dev.knative.sources.ping
  nowcast invoke predict '[{"timestamp":"2026-01-01T00:00:00Z","feat_0":1}]' --path /predict/ridgecv/latest/
  nowcast invoke persist @event.json       a whole CloudEvent, sent byte for byte as it is`,
    )
    .action(invoke)
}

async function invoke(service: string, source: string, options: InvokeOptions): Promise<void> {
  const { port, path, namespace } = options
  const host = `${service}.${namespace}.localhost`
  const { headers, body: sent } = await posted(await readSource(source), options)
  const { status, body } = await ask(port, { host, path, headers }, sent)
  if (options.json) console.log(JSON.stringify({ status, body: shown(body) }))
  if (status < 300) {
    if (!options.json) process.stdout.write(body)
    return
  }
  const why = body.length === 0 || options.json ? '' : `: ${printable(body.toString().trim())}`
  throw new CommandFailure(`${service} answered ${status}${why}`)
}

/** An event as it is or around the data, or else the bytes themselves. */
async function posted(
  bytes: Buffer,
  options: EventOptions,
): Promise<{ headers: Record<string, string>; body: Uint8Array }> {
  const content = shown(bytes)
  const isEvent = isRecord(content) && content['specversion'] !== undefined
  if (isEvent || options.type !== undefined || options.subject !== undefined) {
    // Loaded here: it needs the CloudEvents package, which a plain request does without.
    const { message } = await import('./message.ts')
    return message(bytes, options)
  }
  return { headers: { 'content-type': 'application/json' }, body: bytes }
}

/** JSON as what it says, other bytes as text. */
function shown(bytes: Buffer): unknown {
  const text = bytes.toString()
  try {
    return JSON.parse(text)
  } catch {
    // Services answer in any format.
    return text
  }
}

function aPath(text: string): string {
  if (text.startsWith('/')) return text
  throw new InvalidArgumentError('It must begin with a slash.')
}
