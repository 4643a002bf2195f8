import { Client, errors } from '@elastic/elasticsearch'

import { CommandFailure } from '../failure.ts'
import type { Settings } from './settings.ts'
import { waitFor } from './wait.ts'
import type { NotYet } from './wait.ts'

/**
 * A client of Elasticsearch, once it answers and can serve. Fails at the deadline, and at once when the login or the
 * certificate is refused. The caller closes it.
 */
export async function connectElasticsearch(settings: Settings): Promise<Client> {
  const { elasticsearch, ca, login, timeoutMs } = settings
  const client = new Client({
    node: elasticsearch.href,
    ...(login === undefined ? {} : { auth: login }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    maxRetries: 2,
    requestTimeout: 60_000,
  })
  try {
    return await waitFor(`Elasticsearch at ${elasticsearch.origin}`, timeoutMs, () =>
      serving(client, elasticsearch),
    )
  } catch (error) {
    await client.close()
    throw error
  }
}

async function serving(client: Client, { origin }: URL): Promise<Client | NotYet> {
  try {
    const health = await client.cluster.health(
      { wait_for_status: 'yellow', timeout: '5s' },
      { maxRetries: 0, requestTimeout: 10_000 },
    )
    return health.timed_out ? { notYet: `its health is ${health.status}` } : client
  } catch (error) {
    const status = error instanceof errors.ResponseError ? error.statusCode : undefined
    if (status === 401 || status === 403) {
      throw new CommandFailure(
        `Elasticsearch at ${origin} refuses the login: check ELASTIC_USERNAME and ELASTIC_PASSWORD`,
        1,
        { cause: error },
      )
    }
    return { notYet: reasonOf(error, origin) }
  }
}

/** What an error of the client says, in one line; throws when waiting cannot help. */
function reasonOf(error: unknown, origin: string): string {
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof errors.ProductNotSupportedError) {
    throw new CommandFailure(`what answers at ${origin} is not Elasticsearch`, 1, { cause: error })
  }
  if (/certificate|self-signed|altname/i.test(reason)) {
    throw new CommandFailure(
      `the certificate of ${origin} is not trusted (${reason}): give its authority with --ca`,
      1,
      { cause: error },
    )
  }
  return reason.split('\n', 1)[0] ?? reason
}

/**
 * Whether a request failed because this build of Elasticsearch lacks the feature: no handler for its path. Such a
 * feature is left out with a word, since everything else works without it.
 */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof errors.ResponseError &&
    error.statusCode === 400 &&
    JSON.stringify(error.body).includes('no handler found for uri')
  )
}

/** Whether a request failed because what it asks for is not there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof errors.ResponseError && error.statusCode === 404
}

/** The failure to show for what Elasticsearch answered to a request; anything else is a bug, and stays what it is. */
export function refusal(what: string, error: unknown): unknown {
  if (!(error instanceof errors.ResponseError)) return error
  return new CommandFailure(
    `${what}: Elasticsearch answered ${error.statusCode}: ${error.message.slice(0, 500)}`,
    1,
    { cause: error },
  )
}
