import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Level } from '../../../../platform/local/facts.ts'
import { startPlatform } from '../../../../platform/local/platform.ts'
import type { Platform } from '../../../../platform/local/platform.ts'
import { eventually } from '../../../support/eventually.ts'
import { manifestFolder } from '../../../support/manifest-folder.ts'
import { plainRequest } from '../../../support/plain-request.ts'

const WAIT_MS = 15_000

const service = (name: string, rest = '') => `
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: ${name} }
spec:
  template:
    spec:
      containers:
        - command: [node, functions/${name}/index.js]
          env:
            - name: WORD
              valueFrom: { configMapKeyRef: { name: words, key: word } }
${rest}`
const config = (word: string) => `
apiVersion: v1
kind: ConfigMap
metadata: { name: words }
data: { word: ${word} }
`
const ping = (sink: string, data = '{}') => `
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: { name: tick }
spec:
  schedule: '* * * * * *'
  contentType: application/json
  data: '${data}'
  sink: { ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: ${sink} } }
`
const server = (word: string) => `
import { createServer } from 'node:http'
import { shared } from '../lib/shared.js'
let last = ''
createServer((request, response) => {
  if (request.method === 'POST') request.on('data', (data) => (last = String(data))).on('end', () => response.end())
  else response.end(['${word}', shared, process.env.WORD, process.env.K_REVISION, last].join(' '))
}).listen(process.env.PORT, process.env.HOST)
process.on('SIGTERM', () => process.exit(0))
`

let platform: Platform | undefined
let facts: { level: Level; who: string; fact: string }[] = []

afterEach(async () => {
  await platform?.close()
  facts = []
})

async function started(more: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await manifestFolder({
    'package.json': '{ "type": "module" }',
    'functions/a/service.yaml': service('a'),
    'functions/a/index.js': server('a1'),
    'functions/b/service.yaml': service('b'),
    'functions/b/index.js': server('b1'),
    'functions/lib/shared.js': `export const shared = 'shared1'`,
    'functions/lib/config.yaml': config('hello'),
    ...more,
  })
  platform = await startPlatform({
    folder,
    stateFolder: join(folder, '.nowcast'),
    port: 0,
    fresh: false,
    speed: 1,
    facts: (level, who, fact) => facts.push({ level, who, fact }),
  })
  await answers('a', (words) => words[0] === 'a1')
  await answers('b', (words) => words[0] === 'b1')
  return folder
}

async function ask(name: string): Promise<string[]> {
  const { text } = await plainRequest(platform?.port ?? 0, { host: `${name}.default.localhost` })
  return text.split(' ')
}

const answers = (name: string, isSo: (words: string[]) => boolean) =>
  eventually(async () => isSo(await ask(name)), WAIT_MS)
const errors = () => facts.filter(({ level }) => level === 'error').map(({ fact }) => fact)
const told = (who: string, fact: string) =>
  eventually(() => facts.some((each) => each.who === who && each.fact.includes(fact)), WAIT_MS)

describe('saved code', () => {
  it('runs in a new revision of the one Service that it belongs to', async () => {
    const folder = await started()
    await writeFile(join(folder, 'functions/a/index.js'), server('a2'))
    await answers('a', (words) => words[0] === 'a2' && words[3] === 'a-00002')
    expect((await ask('b'))[3]).toBe('b-00001')
    expect(facts).toContainEqual({
      level: 'info',
      who: 'Service a',
      fact: 'now runs a-00002: functions/a/index.js was changed',
    })
  }, 30_000)

  it('of a shared file runs in all that import it, also when an editor puts another file in its place', async () => {
    const folder = await started()
    await writeFile(join(folder, 'functions/lib/.new'), `export const shared = 'shared2'`)
    await rename(join(folder, 'functions/lib/.new'), join(folder, 'functions/lib/shared.js'))
    await answers('a', (words) => words[1] === 'shared2')
    await answers('b', (words) => words[1] === 'shared2')
    await writeFile(join(folder, 'functions/lib/shared.js'), `export const shared = 'shared3'`)
    await answers('a', (words) => words[1] === 'shared3')
    await answers('b', (words) => words[1] === 'shared3')
  }, 30_000)

  it('that cannot run is told once, with file and line, and what ran before runs on', async () => {
    const folder = await started()
    await writeFile(
      join(folder, 'functions/lib/shared.js'),
      `export const ok = 1\nexport const shared = = 2`,
    )
    await eventually(() => errors().length >= 2, WAIT_MS)
    expect(errors().toSorted()).toEqual(
      ['a', 'b'].map(
        (name) =>
          `keeps ${name}-00001: ${name}-00002 does not start: functions/lib/shared.js:2: SyntaxError: Unexpected token '='`,
      ),
    )
    expect((await ask('a')).slice(0, 2)).toEqual(['a1', 'shared1'])
    await writeFile(join(folder, 'functions/lib/shared.js'), `export const shared = 'mended'`)
    await answers('a', (words) => words[1] === 'mended')
    await answers('b', (words) => words[1] === 'mended')
    expect(errors()).toHaveLength(2)
  }, 30_000)

  it('saved again and again ends with the last', async () => {
    const folder = await started()
    for (let number = 2; number <= 30; number++) {
      await writeFile(join(folder, 'functions/a/index.js'), server(`a${number}`))
    }
    await answers('a', (words) => words[0] === 'a30')
  }, 30_000)
})

describe('a saved manifest', () => {
  it('of a Service makes a new revision of it alone', async () => {
    const folder = await started()
    await writeFile(
      join(folder, 'functions/a/service.yaml'),
      service('a').replace(
        'spec:\n      containers',
        'spec:\n      timeoutSeconds: 7\n      containers',
      ),
    )
    await answers('a', (words) => words[3] === 'a-00002')
    expect((await ask('b'))[3]).toBe('b-00001')
  }, 30_000)

  it('of a ConfigMap makes a new revision of those that read it', async () => {
    const folder = await started()
    await writeFile(join(folder, 'functions/lib/config.yaml'), config('goodbye'))
    await answers('a', (words) => words[2] === 'goodbye')
    await answers('b', (words) => words[2] === 'goodbye')
  }, 30_000)

  it('that changes nothing but its lines changes nothing', async () => {
    const folder = await started()
    await writeFile(join(folder, 'functions/a/service.yaml'), `# A remark.\n\n${service('a')}`)
    await writeFile(join(folder, 'functions/b/index.js'), server('b2'))
    await answers('b', (words) => words[0] === 'b2')
    expect((await ask('a'))[3]).toBe('a-00001')
  }, 30_000)

  it('of a new Service starts it, and one that is removed ends', async () => {
    const folder = await started()
    await writeFile(join(folder, 'functions/a/more.js'), server('c1'))
    await writeFile(
      join(folder, 'functions/c.yaml'),
      service('c').replace('functions/c/index.js', 'functions/a/more.js'),
    )
    await answers('c', (words) => words[0] === 'c1')
    await rm(join(folder, 'functions/c.yaml'))
    await eventually(
      async () => (await ask('c')).join(' ').startsWith('nothing is served'),
      WAIT_MS,
    )
  }, 30_000)

  it('of a source starts it anew', async () => {
    const folder = await started({ 'eventing/tick.yaml': ping('a', '{"n":1}') })
    await answers('a', (words) => words[4] === '{"n":1}')
    await writeFile(join(folder, 'eventing/tick.yaml'), ping('b', '{"n":2}'))
    await answers('b', (words) => words[4] === '{"n":2}')
    await rm(join(folder, 'eventing/tick.yaml'))
    await told('PingSource tick', 'is stopped')
    expect(await platform?.view.sources()).toEqual([])
  }, 30_000)

  it('of a topic, a sink and a source of their own runs at once', async () => {
    const folder = await started({ 'eventing/tick.yaml': ping('a') })
    await writeFile(join(folder, 'eventing/flow.yaml'), FLOW)
    await told('KafkaSource flow', 'is started')
    await writeFile(
      join(folder, 'eventing/tick.yaml'),
      ping('a', '{"by":"topic"}').replace(/sink: .*/, SINK),
    )
    await answers('b', (words) => words[4] === '{"by":"topic"}')
  }, 30_000)

  it('that is wrong changes nothing, and is told once with file and line', async () => {
    const folder = await started()
    await writeFile(join(folder, 'functions/a/service.yaml'), `${service('a')}\nspeck: 1\n`)
    await eventually(() => errors().length > 0, WAIT_MS)
    await writeFile(join(folder, 'functions/b/index.js'), server('b2'))
    await answers('b', (words) => words[0] === 'b2')
    expect(errors()).toEqual([
      expect.stringMatching(
        /^the manifests are wrong, so everything stays as it is:\nfunctions\/a\/service\.yaml:\d+: Service a: speck is not a field/,
      ),
    ])
    expect((await ask('a'))[3]).toBe('a-00001')
    await writeFile(join(folder, 'functions/a/service.yaml'), service('a'))
    await told('platform', 'the manifests are in order again')
  }, 30_000)
})

const SINK =
  'sink: { ref: { apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: flow } }'
const FLOW = `
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: { name: flow }
spec: { partitions: 2, replicas: 1 }
---
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: { name: flow }
spec: { topic: flow, bootstrapServers: ['kafka:9092'] }
---
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: { name: flow }
spec:
  bootstrapServers: ['kafka:9092']
  topics: [flow]
  sink: { ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: b } }
`
