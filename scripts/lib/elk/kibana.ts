import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { RequestOptions } from 'node:https'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

import { CommandFailure } from '../failure.ts'
import type { Settings } from './settings.ts'
import { waitFor } from './wait.ts'
import type { NotYet } from './wait.ts'

/** The part of Kibana's API that is used here. */
export interface Kibana {
  /** A saved object with its attributes; undefined when there is none of that id. */
  find(type: string, id: string): Promise<SavedObject | undefined>
  /** Stores objects over those of the same ids. Rejects when one of them could not be stored. */
  importAll(objects: readonly SavedObject[]): Promise<void>
}

/** A line of Kibana's export files. */
export interface SavedObject {
  readonly type: string
  readonly id: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly references: readonly Reference[]
  /** The versions of Kibana's formats that the object is written in: newer Kibanas migrate it from there. */
  readonly coreMigrationVersion?: string
  readonly typeMigrationVersion?: string
}

interface Reference {
  readonly type: string
  readonly id: string
  readonly name: string
}

const savedObject = z.looseObject({
  type: z.string(),
  id: z.string(),
  attributes: z.record(z.string(), z.unknown()),
  references: z.array(z.object({ type: z.string(), id: z.string(), name: z.string() })),
})

const imported = z.looseObject({
  success: z.boolean(),
  errors: z
    .array(
      z.looseObject({
        type: z.string(),
        id: z.string(),
        error: z.looseObject({ type: z.string() }),
      }),
    )
    .optional(),
})

/** What an export answers when something of what it should export is not there. */
const absent = z.looseObject({
  attributes: z.looseObject({
    objects: z.array(z.looseObject({ error: z.looseObject({ statusCode: z.literal(404) }) })),
  }),
})

/** Kibana, once it is available. Fails at the deadline, and at once when the login or the certificate is refused. */
export async function connectKibana(url: URL, settings: Settings): Promise<Kibana> {
  const { ca, login, timeoutMs } = settings
  const base: RequestOptions = {
    ...(ca === undefined ? {} : { ca }),
    ...(login === undefined ? {} : { auth: `${login.username}:${login.password}` }),
    timeout: ANSWER_TIMEOUT_MS,
  }
  const ask = (path: string, body?: Body) => send(under(url, path), base, body)
  await waitFor(`Kibana at ${url.origin}`, timeoutMs, () => available(ask, url))
  return {
    async find(type, id) {
      const answer = await ask('api/saved_objects/_export', {
        type: 'application/json',
        text: JSON.stringify({ objects: [{ type, id }], excludeExportDetails: true }),
      })
      if (answer.status === 400 && saysAbsent(answer.text)) return undefined
      const [line] = expectOk('export of saved objects', answer).split('\n', 1)
      return savedObject.parse(JSON.parse(line ?? ''))
    },
    async importAll(objects) {
      const answer = await ask('api/saved_objects/_import?overwrite=true', fileOf(objects))
      const { success, errors = [] } = imported.parse(
        JSON.parse(expectOk('import of saved objects', answer)),
      )
      if (success) return
      const refused = errors.map(({ type, id, error }) => `${type} ${id} (${error.type})`)
      throw new CommandFailure(`Kibana refused ${refused.join(', ')}`)
    },
  }
}

const ANSWER_TIMEOUT_MS = 60_000

interface Body {
  readonly type: string
  readonly text: string
}

interface Answer {
  readonly status: number
  readonly text: string
}

async function available(
  ask: (path: string) => Promise<Answer>,
  { origin }: URL,
): Promise<object | NotYet> {
  let answer: Answer
  try {
    answer = await ask('api/status')
  } catch (error) {
    const reason = error instanceof Error ? error.message || String(error) : String(error)
    if (/certificate|self-signed|altname/i.test(reason)) {
      throw new CommandFailure(
        `the certificate of ${origin} is not trusted (${reason}): give its authority with --ca`,
        1,
        { cause: error },
      )
    }
    return { notYet: reason }
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new CommandFailure(
      `Kibana at ${origin} refuses the login: check ELASTIC_USERNAME and ELASTIC_PASSWORD`,
    )
  }
  return answer.status === 200 ? answer : { notYet: `it answers ${answer.status}` }
}

/** The file that Kibana's own page would upload: one object a line, in a form. */
function fileOf(objects: readonly SavedObject[]): Body {
  // No line of JSON begins with it.
  const boundary = '--------nowcast-saved-objects'
  const lines = objects.map((object) => `${JSON.stringify(object)}\n`).join('')
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    text: [
      `--${boundary}`,
      'Content-Disposition: form-data; name="file"; filename="nowcast.ndjson"',
      'Content-Type: application/ndjson',
      '',
      lines,
      `--${boundary}--`,
      '',
    ].join('\r\n'),
  }
}

function saysAbsent(body: string): boolean {
  try {
    return absent.safeParse(JSON.parse(body)).success
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** Kibana may live below a path of its own. */
function under(url: URL, path: string): URL {
  return new URL(path, url.href.endsWith('/') ? url : `${url.href}/`)
}

function expectOk(what: string, { status, text: body }: Answer): string {
  if (status === 200) return body
  throw new CommandFailure(`Kibana answered ${status} to the ${what}: ${body.slice(0, 500)}`)
}

function send(url: URL, base: RequestOptions, body: Body | undefined): Promise<Answer> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        ...base,
        agent: false,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          'kbn-xsrf': 'true',
          ...(body === undefined
            ? {}
            : { 'content-type': body.type, 'content-length': Buffer.byteLength(body.text) }),
        },
      },
      (response) => {
        text(response).then(
          (answer) => resolve({ status: response.statusCode ?? 0, text: answer }),
          reject,
        )
      },
    )
    sent.on('timeout', () => sent.destroy(new Error('no answer within a minute')))
    sent.on('error', reject)
    sent.end(body?.text)
  })
}
