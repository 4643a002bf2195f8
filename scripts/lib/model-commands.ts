import type { Command } from 'commander'

import { invoke } from './client.ts'
import { CommandFailure } from './failure.ts'
import { wholeNumber, withClientOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import { printable } from './printable.ts'

interface CommandOptions extends ClientOptions {
  readonly version?: number
  readonly namespace: string
}

interface Action {
  readonly action: 'train' | 'promote' | 'rollback'
  /** The function that takes it. */
  readonly service: 'train' | 'evaluate'
  readonly description: string
  /** What `--version` names; undefined where there is no such option. */
  readonly version?: string
  readonly done: (what: string) => string
}

const ACTIONS: readonly Action[] = [
  {
    action: 'train',
    service: 'train',
    description: 'make a version of a model now, of the rows there are',
    done: (what) => `${what} was trained, where there are rows enough and they are new`,
  },
  {
    action: 'promote',
    service: 'evaluate',
    description: 'make a model the champion of its series',
    version: 'serve this version of it until another word: its newest otherwise',
    done: (what) => `${what} is the champion of its series`,
  },
  {
    action: 'rollback',
    service: 'evaluate',
    description:
      'refuse a version of a model: the newest that is left is served, or the one that "promote --version" pinned; a pin on the refused version goes',
    version: 'the version; otherwise the one served now',
    done: (what) => `${what} is not served any more`,
  },
]

/** `nowcast models train`, `promote` and `rollback` */
export function addModelCommands(models: Command): void {
  for (const action of ACTIONS) {
    const command = withClientOptions(models.command(action.action), 'print the answer as JSON')
      .description(action.description)
      .argument('<model>', 'its name')
      .option('--namespace <name>', 'where the functions are', 'nowcast')
    if (action.version !== undefined) {
      command.option('--version <number>', action.version, wholeNumber(0, 999_999_999))
    }
    command.action((name: string, options: CommandOptions) => send(action, name, options))
  }
}

async function send(
  { action, service, done }: Action,
  name: string,
  { port, version, namespace, json }: CommandOptions,
): Promise<void> {
  // Loaded here: it needs the CloudEvents package, which listing does without.
  const { message } = await import('./message.ts')
  const { id, headers, body } = message(
    Buffer.from(JSON.stringify({ name, action, ...(version !== undefined && { version }) })),
    { type: 'dev.nowcast.command' },
  )
  const host = `${service}.${namespace}.localhost`
  const answer = await invoke(port, { host, path: '/', headers }, body)
  const { status } = answer
  if (status >= 300) {
    const why = printable(answer.body.toString().trim())
    throw new CommandFailure(`${service} answered ${status}${why === '' ? '' : `: ${why}`}`)
  }
  const what = version === undefined ? name : `${name} version ${version}`
  console.log(json ? JSON.stringify({ id, name, action, version: version ?? null }) : done(what))
}
