import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { ask } from '../../../../support/ask.ts'
import { eventually } from '../../../../support/eventually.ts'
import { isAlive, openServiceBench, serviceManifest } from '../../../../support/service-bench.ts'
import type { ServiceBench } from '../../../../support/service-bench.ts'

let bench: ServiceBench

beforeEach(async () => {
  bench = await openServiceBench()
})

afterEach(() => bench.close())

const VERSION = (text: string) => `
require('node:http')
  .createServer((request, response) => {
    if (request.url === '/hold') require('node:fs').writeFileSync('held.' + '${text}', '')
    const released = () => require('node:fs').existsSync('go') ? response.end('${text}') : setTimeout(released, 5)
    request.url === '/hold' ? released() : response.end('${text}')
  })
  .listen(process.env.PORT, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
`
const manifest = serviceManifest({ command: ['node', 'version.js'] })
const errors = () => bench.facts.filter(({ level }) => level === 'error')

async function started() {
  await bench.write('version.js', VERSION('one'))
  const service = await bench.start(manifest)
  await eventually(() => service.status().state === 'ready')
  return service
}

describe('a further revision', () => {
  it('gets the requests once it is ready, and its name follows', async () => {
    const service = await started()
    expect(service.status().revision).toBe('echo-00001')
    await bench.write('version.js', VERSION('two'))
    service.update(manifest, 'version.js was changed')
    expect(service.status()).toMatchObject({ revision: 'echo-00001', next: 'echo-00002' })
    expect((await ask(service, '/')).text).toBe('one')
    await eventually(async () => (await ask(service, '/')).text === 'two')
    expect(service.status()).toMatchObject({ revision: 'echo-00002' })
    expect(service.status()).not.toHaveProperty('next')
    expect(bench.facts).toContainEqual(
      expect.objectContaining({
        level: 'info',
        who: 'Service echo',
        fact: 'now runs echo-00002: version.js was changed',
      }),
    )
  })

  it('has the environment of its own manifest', async () => {
    const service = await bench.start()
    service.update(serviceManifest({ command: ['node', 'server.js', 'second'] }), 'test')
    await eventually(async () => (await ask(service, '/argv')).text === '["second"]')
    expect(JSON.parse((await ask(service, '/env')).text)).toMatchObject({
      K_REVISION: 'echo-00002',
      K_CONFIGURATION: 'echo',
    })
  })

  it('lets the one before finish what it has, and then ends it', async () => {
    const service = await started()
    const [pid = 0] = service.pids()
    const held = ask(service, '/hold')
    await eventually(() => service.status().inFlight === 1)
    await bench.write('version.js', VERSION('two'))
    service.update(manifest, 'test')
    await eventually(async () => (await ask(service, '/')).text === 'two')
    expect(isAlive(pid)).toBe(true)
    await bench.write('go', '')
    expect((await held).text).toBe('one')
    await eventually(() => !isAlive(pid))
    await eventually(() => service.pids().length === 1)
  })

  it('loses no request of a stream of them', async () => {
    const service = await started()
    const texts: string[] = []
    const over = new AbortController()
    const sender = async () => {
      while (!over.signal.aborted) {
        const { status, text } = await ask(service, '/')
        expect(status).toBe(200)
        texts.push(text)
      }
    }
    const senders = Array.from({ length: 4 }, sender)
    for (const version of ['two', 'three', 'four']) {
      await bench.write('version.js', VERSION(version))
      service.update(manifest, 'test')
      await eventually(() => texts.at(-1) === version)
    }
    over.abort()
    await Promise.all(senders)
    expect([...new Set(texts)]).toEqual(['one', 'two', 'three', 'four'])
  })

  it('gives way to one that follows before it is ready', async () => {
    const service = await started()
    await bench.write('version.js', 'setInterval(() => undefined, 1_000)')
    service.update(manifest, 'test')
    await eventually(() => service.pids().length === 2)
    await bench.write('version.js', VERSION('three'))
    service.update(manifest, 'test')
    await eventually(async () => (await ask(service, '/')).text === 'three')
    expect(service.status().revision).toBe('echo-00003')
    await eventually(() => service.pids().length === 1)
  })
})

describe('a revision that does not start', () => {
  it('leaves the one before in its place, and is told once, with file and line', async () => {
    const service = await started()
    await bench.write('version.js', 'const one = 1\nconst two = = 2\n')
    service.update(manifest, 'test')
    await eventually(() => errors().length > 0)
    // It is tried again, in case what it needs comes; that is no news.
    await eventually(() => service.status().restarts >= 2, 10_000)
    expect(errors()).toEqual([
      expect.objectContaining({
        who: 'Service echo',
        fact: "keeps echo-00001: echo-00002 does not start: version.js:2: SyntaxError: Unexpected token '='",
      }),
    ])
    expect((await ask(service, '/')).text).toBe('one')
    expect(service.status()).toMatchObject({ state: 'ready', revision: 'echo-00001' })
    await bench.write('version.js', VERSION('three'))
    service.update(manifest, 'test')
    await eventually(async () => (await ask(service, '/')).text === 'three')
  }, 20_000)

  it('is told with what it lacks when its environment cannot be resolved', async () => {
    const service = await started()
    bench.failEnvironment('needs Secret a/b, which does not exist')
    service.update(manifest, 'test')
    await eventually(() => errors().length > 0)
    expect(errors()).toMatchObject([
      { fact: expect.stringContaining('does not start: needs Secret a/b, which does not exist') },
    ])
    expect((await ask(service, '/')).text).toBe('one')
    expect(service.status()).not.toHaveProperty('next')
  })
})

it('starts no further instance of one that has given way', async () => {
  const service = await started()
  for (const version of ['two', 'three']) {
    await bench.write('version.js', VERSION(version))
    service.update(manifest, 'test')
    await eventually(async () => (await ask(service, '/')).text === version)
  }
  await eventually(() => service.pids().length === 1)
  expect(bench.facts.filter(({ fact }) => fact.startsWith('goes from'))).toEqual([])
})

it('takes those who wait for one that does not stay up', async () => {
  await bench.write('version.js', 'throw new Error("not yet")')
  const service = await bench.start(manifest)
  const waiting = [1, 2, 3].map(() => ask(service, '/'))
  await eventually(() => service.status().state === 'failing')
  await bench.write('version.js', VERSION('two'))
  service.update(manifest, 'test')
  expect((await Promise.all(waiting)).map(({ text }) => text)).toEqual(['two', 'two', 'two'])
})
