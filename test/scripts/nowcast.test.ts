import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { exitCode, nowcast, startNowcast } from '../support/cli.ts'
import { closeServer, listenOnFreePort, startConsoleServer } from '../support/console-server.ts'
import type { ConsoleServer } from '../support/console-server.ts'
import { eventually } from '../support/eventually.ts'

// A process starts in a third of a second, and slower while other tests run.
const SLOW_MS = 20_000

describe('nowcast', () => {
  it.each([
    [[], 'Usage: nowcast [options] [command]', 2],
    [['stat'], 'Did you mean start?', 2],
    [['models', 'lst'], 'Did you mean list?', 2],
    [['tail'], "missing required argument 'topic'", 2],
    [['tail', 'mlscore', '--jsn'], 'Did you mean --json?', 2],
    [['tail', 'mlscore', '-n', '0'], 'It must be a whole number from 1 to 10000.', 2],
    [['topics', '--port', 'http'], 'It must be a whole number from 1 to 65535.', 2],
    [['start', '--speed', '0'], 'It must be a positive number', 2],
    [['start', '/no/such/folder'], 'there is no folder /no/such/folder', 2],
    [['send', 'mltest', '{"a":1}'], 'say what it is: --type features', 2],
    [['send', 'mltest', '{a:1}', '--type', 'target'], 'put it in single quotes', 2],
    [['send', 'mltest', '@/no/such/file', '--type', 'target'], '/no/such/file cannot be read', 2],
    [['send', 'mltest', '{"specversion":"1.0"}', '--type', 'x'], 'leave those options out', 2],
    [['send', 'mltest', '{}', '--type', 'x', '--series', 'a', '--subject', 'b'], 'give one', 2],
  ])(
    '%j says what is wrong',
    async (args, sentence, code) => {
      const outcome = await nowcast(args)
      expect(outcome.stderr).toContain(sentence)
      expect(outcome).toMatchObject({ code, stdout: '' })
    },
    SLOW_MS,
  )

  it.each([
    ['start'],
    ['send'],
    ['feed'],
    ['tail'],
    ['models', 'list'],
    ['dead', 'list'],
    ['dead', 'show'],
    ['dead', 'redrive'],
    ['topics'],
  ])(
    '%s %s explains itself, with --json and --port',
    async (...words) => {
      const { code, stdout } = await nowcast([...words, '--help'])
      expect(code).toBe(0)
      expect(stdout).toMatch(new RegExp(`^Usage: nowcast ${words.join(' ')} `))
      expect(stdout).toContain('--json ')
      expect(stdout).toContain('--port <number>')
    },
    SLOW_MS,
  )

  it.each([
    [['topics']],
    [['models', 'list']],
    [['dead', 'list']],
    [['dead', 'show', 'a']],
    [['dead', 'redrive', 'a']],
    [['dead', 'redrive', '--all']],
    [['tail', 'mltest']],
    [['send', 'mltest', '{}', '--type', 'target']],
    [['invoke', 'train', '{}']],
  ])(
    '%j says how to start a platform that does not run',
    async (args) => {
      const port = await freePort()
      const { code, stderr } = await nowcast([...args, '--port', String(port)])
      expect(stderr).toBe(
        `nothing answers on port ${port}: start it with \`npm start -- --port ${port}\`\n`,
      )
      expect(code).toBe(1)
    },
    SLOW_MS,
  )

  it(
    'says so when something else answers',
    async () => {
      const other = createServer((_, response) => response.end('<html>'))
      const port = await listenOnFreePort(other)
      const { code, stderr } = await nowcast(['topics', '--port', String(port)])
      expect(stderr).toBe(
        `what answers on port ${port} is no Nowcast: name the platform's port with --port\n`,
      )
      expect(code).toBe(1)
      await closeServer(other)
    },
    SLOW_MS,
  )
})

describe('nowcast, of a running platform', () => {
  let server: ConsoleServer
  beforeEach(async () => {
    server = await startConsoleServer()
  })
  afterEach(() => server.close())

  const run = (...args: string[]) => nowcast([...args, '--port', String(server.port)])
  const append = (id: string) =>
    server.log.append([
      {
        topic: 'mlscore',
        key: Buffer.from('s'),
        headers: {
          ce_specversion: '1.0',
          ce_id: id,
          ce_source: '/s',
          ce_type: 'dev.nowcast.error',
          'content-type': 'application/json',
        },
        value: Buffer.from('{"rows":[{"error":1}]}'),
      },
    ])

  it(
    'tail --json -n waits until there are so many, one CloudEvent a line',
    async () => {
      const child = startNowcast([
        'tail',
        'mlscore',
        '--json',
        '-n',
        '2',
        '--port',
        `${server.port}`,
      ])
      const lines: unknown[] = []
      const reader = createInterface({ input: child.stdout })
      reader.on('line', (line) => lines.push(JSON.parse(line)))
      await append('a')
      await once(reader, 'line')
      expect(child.exitCode).toBeNull()
      await append('b')
      expect(await exitCode(child)).toBe(0)
      expect(lines).toMatchObject([
        { specversion: '1.0', id: 'a', type: 'dev.nowcast.error', data: { rows: [{ error: 1 }] } },
        { id: 'b' },
      ])
    },
    SLOW_MS,
  )

  it(
    'tail -n ends with the newest when there are more',
    async () => {
      for (const id of ['a', 'b', 'c']) await append(id)
      const { code, stdout } = await run('tail', 'mlscore', '-n', '1')
      expect(stdout).toMatch(
        /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}\d:2 {2}dev\.nowcast\.error {2}s {2}\{"rows":\[\{"error":1\}\]\}\n$/,
      )
      expect(code).toBe(0)
    },
    SLOW_MS,
  )

  it(
    'tail goes on until its reader closes, and that is no crash',
    async () => {
      const child = startNowcast(['tail', 'mlscore', '--port', String(server.port)])
      await append('a')
      await once(child.stdout, 'data')
      child.stdout.destroy()
      // The first writes may still fit into the pipe.
      await eventually(async () => {
        await append('b')
        return child.exitCode !== null
      }, SLOW_MS)
      expect(child.exitCode).toBe(0)
    },
    SLOW_MS,
  )

  it(
    'tail says so when the platform stops',
    async () => {
      const child = startNowcast(['tail', 'mlscore', '--port', String(server.port)])
      let stderr = ''
      child.stderr.on('data', (part: Buffer) => {
        stderr += part.toString()
      })
      await append('a')
      await once(child.stdout, 'data')
      await server.close()
      expect(await exitCode(child)).toBe(1)
      expect(stderr).toBe(`the platform on port ${server.port} has stopped\n`)
      server = await startConsoleServer()
    },
    SLOW_MS,
  )

  it(
    'tail names the topics when there is no such topic',
    async () => {
      expect(await run('tail', 'mlscores')).toMatchObject({
        code: 1,
        stderr: 'there is no topic "mlscores"; there are mltest, mlscore\n',
      })
    },
    SLOW_MS,
  )

  it(
    'models list, dead list and topics say it when there is nothing',
    async () => {
      const [models, dead] = await Promise.all([run('models', 'list'), run('dead', 'list')])
      expect(models.stdout).toBe('no model is trained yet\n')
      expect(dead.stdout).toBe('no dead letters: everything that came could be processed\n')
    },
    SLOW_MS,
  )

  it(
    'lists for people and as JSON',
    async () => {
      await server.database.models.register({
        name: 'ridgecv',
        trigger: 'tick',
        description: '',
        score: 0.5,
        trainedThrough: '2026-01-01T00:00:00.000Z',
        body: '{}',
      })
      const [people, json] = await Promise.all([
        run('models', 'list'),
        run('models', 'list', '--json'),
      ])
      expect(people.stdout).toMatch(/^model .*\nridgecv +0 +0\.500000 +2026-01-01T00:00:00\.000Z /)
      expect(JSON.parse(json.stdout)).toMatchObject([{ name: 'ridgecv', version: 0, score: 0.5 }])
      const [table, list] = await Promise.all([run('topics'), run('topics', '--json')])
      expect(table.stdout).toMatch(/\nmltest +3 +0 +0 +no group\n/)
      expect(JSON.parse(list.stdout)).toMatchObject([{ topic: 'mltest' }, { topic: 'mlscore' }])
    },
    SLOW_MS,
  )
})

describe('nowcast send', () => {
  interface Received {
    path: string | undefined
    headers: IncomingHttpHeaders
    body: string
  }
  let sink: Server
  let port: number
  let received: Received[]
  let answer: { status: number; body: string }
  beforeEach(async () => {
    received = []
    answer = { status: 202, body: '' }
    sink = createServer((request, response) => {
      void take(request, response)
    })
    port = await listenOnFreePort(sink)
  })
  afterEach(() => closeServer(sink))

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    received.push({ path: request.url, headers: request.headers, body: body.toString() })
    response.writeHead(answer.status).end(answer.body)
  }

  const send = (args: string[], input?: string) =>
    nowcast(['send', ...args, '--port', String(port)], input)

  it(
    'posts data as a CloudEvent to the KafkaSink of the topic, and prints its id',
    async () => {
      const { code, stdout } = await send([
        'mltest',
        '{"target": 1e999}',
        '--type',
        'target',
        '--series',
        'é b',
      ])
      expect(code).toBe(0)
      expect(received).toMatchObject([
        {
          path: '/nowcast/mltest',
          headers: {
            host: `kafka-sink-ingress.knative-eventing.localhost:${port}`,
            'content-type': 'application/json',
            'ce-specversion': '1.0',
            'ce-id': stdout.trim(),
            'ce-source': '/nowcast/send',
            'ce-type': 'dev.nowcast.target',
            'ce-subject': '%C3%A9%20b',
            'ce-partitionkey': '%C3%A9%20b',
          },
          body: '{"target": 1e999}',
        },
      ])
    },
    SLOW_MS,
  )

  it(
    'takes data from a pipe, and any type, key and namespace',
    async () => {
      const options = [
        '--type',
        'com.example.x',
        '--key',
        'k',
        '--subject',
        's',
        '--namespace',
        'other',
        '--json',
      ]
      const { stdout } = await send(['orders', '-', ...options], '[1]')
      expect(JSON.parse(stdout)).toEqual({ id: received[0]?.headers['ce-id'], topic: 'orders' })
      expect(received).toMatchObject([
        {
          path: '/other/orders',
          headers: { 'ce-type': 'com.example.x', 'ce-partitionkey': 'k', 'ce-subject': 's' },
          body: '[1]',
        },
      ])
    },
    SLOW_MS,
  )

  it(
    'sends a whole CloudEvent from a file byte for byte',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'nowcast-'))
      const file = join(folder, 'event.json')
      const event = '{ "specversion": "1.0", "id": "7", "source": "/s", "type": "t" }\n'
      await writeFile(file, event)
      const { stdout } = await send(['mltest', `@${file}`])
      await rm(folder, { recursive: true })
      expect(stdout).toBe('7\n')
      expect(received).toMatchObject([
        { headers: { 'content-type': 'application/cloudevents+json' }, body: event },
      ])
    },
    SLOW_MS,
  )

  it(
    'says the status and the reason when it is not taken',
    async () => {
      answer = { status: 400, body: 'the source is missing' }
      expect(await send(['mltest', '{"specversion":"1.0"}'])).toMatchObject({
        code: 1,
        stdout: '',
        stderr: 'not sent: the KafkaSink mltest answered 400: the source is missing\n',
      })
    },
    SLOW_MS,
  )
})

/** A port at which nothing listens now. */
async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listenOnFreePort(server)
  await closeServer(server)
  return port
}
