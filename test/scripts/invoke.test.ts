import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { startPlatform } from '../../platform/local/platform.ts'
import type { Platform } from '../../platform/local/platform.ts'
import { nowcast } from '../support/cli.ts'
import { eventually } from '../support/eventually.ts'
import { manifestFolder } from '../support/manifest-folder.ts'

const SLOW_MS = 20_000

describe('nowcast invoke', () => {
  let platform: Platform
  beforeAll(async () => {
    const folder = await manifestFolder({ 'echo.cjs': ECHO, 'service.yaml': SERVICE })
    platform = await startPlatform({
      folder,
      stateFolder: join(folder, '.nowcast'),
      port: 0,
      fresh: false,
      speed: 40,
      facts: () => undefined,
    })
  }, SLOW_MS)
  afterAll(() => platform.close())

  const invoke = (args: string[], input?: string) =>
    nowcast(['invoke', ...args, '--namespace', 'default', '--port', String(platform.port)], input)

  it(
    'posts JSON to a Service, woken from zero, and prints what it answers',
    async () => {
      await eventually(() => platform.view.services()[0]?.state === 'idle', SLOW_MS)
      const { code, stdout } = await invoke(['echo', '{"a": 1}', '--path', '/some/path?q=1'])
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({
        url: '/some/path?q=1',
        body: '{"a": 1}',
        headers: { 'content-type': 'application/json', host: expect.stringMatching(/^echo\./) },
      })
    },
    2 * SLOW_MS,
  )

  it(
    'makes what is piped in the data of an event of a type',
    async () => {
      const { stdout } = await invoke(
        ['echo', '-', '--type', 'target', '--subject', 's'],
        '{"rows":[]}',
      )
      expect(JSON.parse(stdout)).toMatchObject({
        body: '{"rows":[]}',
        headers: { 'ce-type': 'dev.nowcast.target', 'ce-subject': 's', 'ce-specversion': '1.0' },
      })
    },
    SLOW_MS,
  )

  it(
    'sends a whole CloudEvent as it is, and prints status and body with --json',
    async () => {
      const event = '{ "specversion": "1.0", "id": "7", "source": "/s", "type": "t" }'
      const { stdout } = await invoke(['echo', event, '--json'])
      expect(JSON.parse(stdout)).toMatchObject({
        status: 200,
        body: { body: event, headers: { 'content-type': 'application/cloudevents+json' } },
      })
    },
    SLOW_MS,
  )

  it.each([
    [['echo', '{}', '--path', '/refuse'], 'echo answered 422: not this one\n', 1],
    [['eco', '{}'], 'eco answered 404: nothing is served for host "eco.default.localhost"', 1],
    [['echo', '{}', '--path', 'x'], 'It must begin with a slash.', 2],
    [['echo', '@/no/such/file'], '/no/such/file cannot be read', 2],
  ])(
    '%j says what is wrong',
    async (args, sentence, code) => {
      const outcome = await invoke(args)
      expect(outcome.stderr).toContain(sentence)
      expect(outcome).toMatchObject({ code, stdout: '' })
    },
    SLOW_MS,
  )
})

const SERVICE = `
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: echo }
spec:
  template:
    metadata: { annotations: { autoscaling.knative.dev/window: 6s } }
    spec: { containers: [{ command: [node, echo.cjs] }] }
`
const ECHO = `
const { text } = require('node:stream/consumers')
require('node:http')
  .createServer(async (request, response) => {
    const { url, headers } = request
    const body = await text(request)
    if (url === '/refuse') { response.statusCode = 422; response.end('not this one') }
    else response.end(JSON.stringify({ url, headers, body }))
  })
  .listen(process.env.PORT, process.env.HOST)
process.on('SIGTERM', () => process.exit(0))
`
