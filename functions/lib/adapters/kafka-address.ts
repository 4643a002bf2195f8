import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A Kafka cluster, as `EVENTS_URL` names it. */
export interface KafkaAddress {
  /** Bootstrap servers, `host:port`. */
  readonly brokers: readonly string[]
  /** `plaintext`: neither TLS nor a login, for a broker on this machine. */
  readonly security: 'scram-over-tls' | 'plaintext'
}

/** What a client shows a broker, and what it believes it by. */
export interface KafkaCredentials {
  readonly user: string
  readonly password: string
  /** The certificate authority of the brokers, PEM. */
  readonly ca: string
}

const SERVER = /^(?:[\w.-]+|\[[\da-f:.]+\]):\d{1,5}$/i

/** Reads `kafka://<host:port>[,<host:port>…][?security=plaintext]`. Throws what is wrong with it, and quotes none of it. */
export function parseKafkaUrl(url: string): KafkaAddress {
  const [, servers = '', query = ''] = /^kafka:\/\/([^/?#]*)\/?(?:\?([^#]*))?$/.exec(url) ?? []
  const brokers = servers.split(',').filter((server) => SERVER.test(server))
  if (brokers.length === 0 || brokers.length < servers.split(',').length) {
    throw new Error(
      'EVENTS_URL is not kafka://<host:port>[,<host:port>…]: name the bootstrap servers, without user and password, which belong into the files of EVENTS_CREDENTIALS',
    )
  }
  const security = new URLSearchParams(query).get('security')
  if (security !== null && security !== 'plaintext') {
    throw new Error(
      'EVENTS_URL: security can only be "plaintext"; without it, it is SCRAM over TLS',
    )
  }
  return { brokers, security: security ?? 'scram-over-tls' }
}

/**
 * Reads the files `user`, `password` and `ca.crt` of a folder: a mounted Secret, whose files change when the login does.
 * Throws which file is missing.
 */
export function readCredentials(folder: string | undefined): KafkaCredentials {
  if (folder === undefined || folder === '') {
    throw new Error(
      'set EVENTS_CREDENTIALS to the folder with the files user, password and ca.crt, or add ?security=plaintext to EVENTS_URL',
    )
  }
  const read = (name: string): string => {
    try {
      const text = readFileSync(join(folder, name), 'utf8').replace(/\r?\n$/, '')
      if (text !== '') return text
    } catch (cause) {
      throw new Error(`EVENTS_CREDENTIALS: ${join(folder, name)} cannot be read`, { cause })
    }
    throw new Error(`EVENTS_CREDENTIALS: ${join(folder, name)} is empty`)
  }
  return { user: read('user'), password: read('password'), ca: read('ca.crt') }
}
