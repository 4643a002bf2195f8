import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'

import { parseDurationMs } from '../../platform/local/manifests/duration.ts'

/** Where the platform listens unless it is told otherwise. */
export const DEFAULT_PORT = 8080

/** What every command that talks to a running platform takes. */
export interface ClientOptions {
  readonly port: number
  readonly json?: true
}

/** Gives a command the options of those that talk to a running platform. */
export function withClientOptions(command: Command, json: string): Command {
  return command
    .option('--port <number>', "the platform's port", portNumber(1), DEFAULT_PORT)
    .option('--json', json)
}

/** Reads a port; 0, where it is allowed, takes a free one. */
export function portNumber(least: 0 | 1): (text: string) => number {
  return wholeNumber(least, 65_535)
}

/** Reads a whole number between two bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (number >= least && number <= most) return number
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

/** Reads a speed: virtual seconds per second of the wall, `max` being Infinity. */
export function speedFactor(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY
  const speed = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (speed > 0 && speed <= MAX_SPEED) return speed
  throw new InvalidArgumentError(
    `It must be a positive number up to ${MAX_SPEED}, e.g. 20, or max.`,
  )
}

/** Reads a length of virtual time as milliseconds: an ISO 8601 duration, e.g. PT1H. */
export function duration(text: string): number {
  const ms = parseDurationMs(text.toUpperCase())
  if (ms !== undefined && ms > 0) return ms
  throw new InvalidArgumentError('It must be an ISO 8601 duration, e.g. PT90S, PT1H or P2D.')
}

/** At this speed a day passes in less than nine seconds. */
const MAX_SPEED = 10_000

/** Reads a size as bytes: a whole number, in kB or MB or GB of 1,024 to the next when it says so. */
export function bytes(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,9})(kB|MB|GB)?$/.exec(text) ?? []
  if (digits !== '' && Number(digits) > 0) return Number(digits) * (UNITS[unit] ?? 1)
  throw new InvalidArgumentError('It must be a size, e.g. 65536, 64kB or 2GB.')
}

const UNITS: Readonly<Record<string, number>> = { kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 }

/** Reads bootstrap servers, `host:port` separated by commas. */
export function bootstrapServers(text: string): string[] {
  const servers = text.split(',').map((server) => server.trim())
  if (servers.every((server) => /^(?:[\w.-]+|\[[\da-f:]+\]):\d{1,5}$/i.test(server))) return servers
  throw new InvalidArgumentError('It must be host:port, e.g. localhost:9092.')
}

/** Names separated by commas. */
export function names(text: string): string[] {
  const found = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (found.length === 0) throw new InvalidArgumentError('Write names separated by commas.')
  return found
}
