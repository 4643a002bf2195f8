import type { Level } from './ports/log.ts'

/**
 * What the environment may say to a function; `service.yaml` sets it from Secrets and ConfigMaps.
 *
 * - `EVENTS_URL`: where events are published: `kafka://…`, or a namespace's KafkaSinks as `http://…/<namespace>`.
 * - `DATABASE_URL`: where rows, scores and models are kept: `mongodb://…` or `sqlite:<path>`.
 * - `MODELS_FILE`: the file that declares the models.
 *
 * Optional:
 * - `EVENTS_CREDENTIALS`: the folder with the files `user`, `password` and `ca.crt` for a `kafka://` address.
 * - `DATABASE_CA`: the file of the authority that signed the certificate of a `mongodb://` server with TLS.
 * - `LOG_LEVEL`: the least that is logged: `debug` (a line an event), `info` when it is not set, `warn` or `error`.
 */
export type Setting = 'EVENTS_URL' | 'DATABASE_URL' | 'MODELS_FILE'
type Optional = 'EVENTS_CREDENTIALS' | 'DATABASE_CA'

type Env = Readonly<Record<string, string | undefined>>

export interface Config<Name extends Setting> {
  /** The port to listen on: `PORT`, 8080 as Knative's default when it is not set. */
  readonly port: number
  /** The address to listen on: `HOST`, else every one, as Knative's proxy needs it. */
  readonly host: string | undefined
  readonly settings: Readonly<Record<Name, string>>
  /** The optional settings; undefined where one is not set or empty. */
  readonly optional: Readonly<Record<Optional, string | undefined>>
}

/** Reads the named settings from an environment, once. Throws one Error that names everything missing. */
export function readConfig<Name extends Setting>(env: Env, ...names: Name[]): Config<Name> {
  if (!holds(env, names)) {
    const missing = names.filter((name) => !env[name])
    throw new Error(`set ${missing.join(' and ')} in the environment, as service.yaml does`)
  }
  const port = Number(env['PORT'] ?? '8080')
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`PORT is "${env['PORT']}": set it to a number from 0 to 65535`)
  }
  return {
    port,
    host: env['HOST'] || undefined,
    settings: env,
    optional: {
      EVENTS_CREDENTIALS: env['EVENTS_CREDENTIALS'] || undefined,
      DATABASE_CA: env['DATABASE_CA'] || undefined,
    },
  }
}

/** Reads `LOG_LEVEL`, which every function has. Throws an Error when it is none. */
export function readLogLevel(env: Env): Level {
  const level = env['LOG_LEVEL'] || 'info'
  if (level === 'debug' || level === 'info' || level === 'warn' || level === 'error') return level
  throw new Error(`LOG_LEVEL is "${level}": set it to debug, info, warn or error`)
}

function holds<Name extends Setting>(
  env: Env,
  names: readonly Name[],
): env is Env & Readonly<Record<Name, string>> {
  return names.every((name) => env[name])
}
