import { TOPICS } from '../../functions/lib/events.ts'
import type { View } from '../../platform/local/view.ts'
import { DEFAULT_PORT } from './options.ts'
import { printable } from './printable.ts'

/** Where everything of a running platform is. */
export interface Addresses {
  readonly console: string
  /** By name of the Service. */
  readonly services: Readonly<Record<string, string>>
  readonly topics: readonly string[]
}

/** Collects the addresses of a platform that listens on a port. */
export function addressesOf(port: number, view: View): Addresses {
  return {
    console: `http://localhost:${port}/`,
    services: Object.fromEntries(view.services().map(({ name, url }) => [name, url] as const)),
    topics: view.broker.topics().map(({ topic }) => topic),
  }
}

/** What a terminal shows when the platform runs: where everything is, and what to try next. */
export function banner(folder: string, port: number, addresses: Addresses): string {
  const places = [['console', addresses.console], ...Object.entries(addresses.services)]
  const width = Math.max(...places.map(([name = '']) => name.length))
  return [
    '',
    `Nowcast runs ${printable(folder)}`,
    '',
    ...places.map(
      ([name = '', url = '']) => `  ${printable(name.padEnd(width))}  ${printable(url)}`,
    ),
    '',
    'Try next, in another terminal:',
    ...suggestions(port, addresses).map((line) => `  ${line}`),
    '',
    'Ctrl-C stops it.',
    '',
  ].join('\n')
}

function suggestions(port: number, { services, topics }: Addresses): string[] {
  const option = port === DEFAULT_PORT ? '' : ` --port ${port}`
  const scores = TOPICS['dev.nowcast.error']
  const topic = topics.includes(scores) ? scores : topics[0]
  const models = services['predict']
  return [
    ...(topic === undefined ? [] : [`npx nowcast tail ${topic}${option}`]),
    ...(topics.includes(scores) ? [`npx nowcast models list${option}`] : []),
    ...(models === undefined
      ? []
      : [`curl -H 'Host: ${new URL(models).hostname}' localhost:${port}/models`]),
    `npx nowcast --help`,
  ]
}
