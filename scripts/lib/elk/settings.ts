import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'

import { CommandFailure } from '../failure.ts'
import { wholeNumber } from '../options.ts'

/** Where Elasticsearch and Kibana are, and who asks. */
export interface Settings {
  readonly elasticsearch: URL
  /** Undefined leaves the dashboard out. */
  readonly kibana: URL | undefined
  /** Certificates in PEM that servers' certificates are checked with; undefined takes those of the system. */
  readonly ca: string | undefined
  /** Undefined where security is off. */
  readonly login: Login | undefined
  /** How long to wait for each server. */
  readonly timeoutMs: number
}

interface Login {
  readonly username: string
  readonly password: string
}

interface Options {
  readonly elasticsearch: URL
  readonly kibana?: URL
  readonly ca: readonly string[]
  readonly timeout: number
}

/** Reads the command line, the environment and the files they name; says everything that is wrong with them. */
export async function readSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  const command = new Command('elk')
    .description(
      'Sets Elasticsearch and Kibana up for the stream. It may be run again at any time.',
    )
    .requiredOption('--elasticsearch <url>', 'e.g. https://localhost:9200', address)
    .option(
      '--kibana <url>',
      'e.g. https://localhost:5601; without it the dashboard is left out',
      address,
    )
    .option(
      '--ca <file>',
      'certificates (PEM) to check theirs with; may be given again',
      collect,
      [],
    )
    .option(
      '--timeout <seconds>',
      'how long to wait for each to answer',
      wholeNumber(1, 86_400),
      300,
    )
    .addHelpText(
      'after',
      '\nThe login is never an option: ELASTIC_PASSWORD, or ELASTIC_PASSWORD_FILE with the name of a file, and\n' +
        'ELASTIC_USERNAME (elastic unless it says otherwise). Without a password none is sent.',
    )
    .exitOverride()
    .showHelpAfterError('(--help says more)')
  command.parse(args, { from: 'user' })
  const { elasticsearch, kibana, ca, timeout } = command.opts<Options>()
  const certificates = await Promise.all(ca.map((file) => read(file, '--ca')))
  return {
    elasticsearch,
    kibana,
    ca: certificates.length === 0 ? undefined : certificates.join('\n'),
    login: await readLogin(env),
    timeoutMs: timeout * 1_000,
  }
}

async function readLogin(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Login | undefined> {
  const { ELASTIC_USERNAME, ELASTIC_PASSWORD, ELASTIC_PASSWORD_FILE } = env
  const password =
    ELASTIC_PASSWORD_FILE === undefined
      ? ELASTIC_PASSWORD
      : (await read(ELASTIC_PASSWORD_FILE, 'ELASTIC_PASSWORD_FILE')).trimEnd()
  if (password === undefined || password === '') return undefined
  return { username: ELASTIC_USERNAME || 'elastic', password }
}

async function read(file: string, from: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new CommandFailure(`the file of ${from} cannot be read: ${why}`, 2, { cause })
  }
}

function collect(file: string, files: readonly string[]): string[] {
  return [...files, file]
}

function address(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError('It must be an address, e.g. https://localhost:9200.')
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError('The login belongs into ELASTIC_PASSWORD, not into the address.')
  }
  return url
}
