import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { RunningService } from '../../../../../platform/local/parts/service/service.ts'
import { ask } from '../../../../support/ask.ts'
import { eventually } from '../../../../support/eventually.ts'
import { isAlive, openServiceBench } from '../../../../support/service-bench.ts'
import type { ServiceBench } from '../../../../support/service-bench.ts'

let bench: ServiceBench

beforeEach(async () => {
  bench = await openServiceBench()
})

afterEach(() => bench.close())

describe('what its process is given', () => {
  it('is the environment of Kubernetes and Knative, and nothing of the caller', async () => {
    process.env['CALLERS_OWN'] = 'secret'
    const service = await bench.start({ name: 'score' }, { SERIES: 'mltest' })
    const environment = json((await ask(service, '/env')).text)
    delete process.env['CALLERS_OWN']
    expect(environment).toMatchObject({
      SERIES: 'mltest',
      K_SERVICE: 'score',
      HOST: '127.0.0.1',
      K_CONFIGURATION: 'score',
      K_REVISION: 'score-00001',
      PORT: expect.stringMatching(/^2\d{4}$/),
      TZ: 'UTC',
      NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
    })
    expect(environment).not.toHaveProperty('CALLERS_OWN')
  })

  it('keeps the NODE_OPTIONS of its manifest', async () => {
    const service = await bench.start({}, { NODE_OPTIONS: '--no-deprecation' })
    expect(json((await ask(service, '/env')).text)).toMatchObject({
      NODE_OPTIONS: '--disable-warning=ExperimentalWarning --no-deprecation',
    })
  })

  it('has $(NAME) replaced in its command', async () => {
    const command = ['node', 'server.js', '$(WHO)-$(PORT)', '$$(WHO)', '$(NOBODY)']
    const service = await bench.start({ command }, { WHO: 'me' })
    expect(json((await ask(service, '/argv')).text)).toEqual([
      expect.stringMatching(/^me-\d+$/),
      '$(WHO)',
      '$(NOBODY)',
    ])
  })

  it.each(['/', undefined, '../..'])(
    'runs in the folder with workingDir %s',
    async (workingDirectory) => {
      const service = await bench.start({ workingDirectory })
      expect((await ask(service, '/cwd')).text).toContain(bench.folder)
    },
  )
})

describe('its requests', () => {
  it('reach the process as they are, and its answers come back as they are', async () => {
    const service = await bench.start()
    const answer = await ask(service, '/a/path?and=query', { body: 'some text' })
    expect(answer).toMatchObject({
      status: 200,
      text: 'some text',
      headers: { 'x-path': '/a/path?and=query' },
    })
    expect((await ask(service, '/status/422')).status).toBe(422)
  })

  it('lose the headers of a single connection and keep all others', async () => {
    const service = await bench.start()
    const headers = {
      connection: 'keep-alive, x-mine',
      'keep-alive': 'timeout=5',
      'x-mine': '1',
      te: 'trailers',
      host: 'echo.test.localhost:8080',
      prefer: 'reply',
      'kn-namespace': 'test',
      'ce-id': 'e1',
    }
    const received = json((await ask(service, '/headers', { headers })).text)
    expect(received).toMatchObject({
      host: 'echo.test.localhost:8080',
      prefer: 'reply',
      'kn-namespace': 'test',
      'ce-id': 'e1',
    })
    for (const name of ['keep-alive', 'x-mine', 'te']) expect(received).not.toHaveProperty(name)
  })

  it('carry the name it has in a cluster when they name no host', async () => {
    const service = await bench.start()
    expect(json((await ask(service, '/headers')).text)).toMatchObject({
      host: 'echo.test.svc.cluster.local',
    })
  })

  it('stream their bodies both ways', async () => {
    const service = await bench.start()
    const body = new PassThrough()
    body.write('first')
    const answer = await service.send({
      method: 'PUT',
      path: '/',
      headers: {},
      signal: new AbortController().signal,
      body,
    })
    const iterator = answer.body[Symbol.asyncIterator]()
    const first: IteratorResult<unknown> = await iterator.next()
    expect(String(first.value)).toBe('first')
    body.end()
  })

  it('stream a body even with a method that seldom has one', async () => {
    const service = await bench.start()
    const body = Readable.from([Buffer.from('chunk '), Buffer.from('by chunk')])
    expect((await ask(service, '/', { method: 'DELETE', body })).text).toBe('chunk by chunk')
  })

  it('may be answered before their body has come to its end', async () => {
    const service = await bench.start({ containerConcurrency: 1 })
    const body = new PassThrough()
    body.write('the beginning')
    expect((await ask(service, '/early', { body })).text).toBe('early')
    expect((await ask(service, '/n/next')).status).toBe(200)
  })

  it('wait on when their process does not listen for a while', async () => {
    const service = await bench.start()
    await ask(service, '/deaf/again')
    const noticing: Promise<unknown>[] = []
    await eventually(() => {
      noticing.push(ask(service, '/n/0'))
      return service.status().state === 'starting'
    })
    const waiting = [1, 2, 3].map((number) => ask(service, `/n/${number}`))
    await eventually(() => service.status().queued >= 3)
    expect(service.status()).toMatchObject({ state: 'starting', instances: 1, restarts: 0 })
    await bench.release('again')
    await Promise.all(noticing)
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('end when their caller goes away', async () => {
    const service = await bench.start()
    const caller = new AbortController()
    const answer = ask(service, '/hold/for-ever', { signal: caller.signal })
    await eventually(() => service.status().inFlight === 1)
    caller.abort(new Error('gone'))
    await expect(answer).rejects.toThrow('gone')
    expect(service.status().inFlight).toBe(0)
  })

  it('end when their caller goes away in the middle of an answer', async () => {
    const service = await bench.start()
    const caller = new AbortController()
    const answer = await service.send({
      method: 'GET',
      path: '/begin/for-ever',
      headers: {},
      body: new Uint8Array(),
      signal: caller.signal,
    })
    caller.abort(new Error('gone'))
    await expect(text(answer.body)).rejects.toThrow()
    await eventually(() => service.status().inFlight === 0)
  })
})

describe('while its process starts', () => {
  it('keeps requests and sends them in the order they came', async () => {
    const service = await bench.start({ containerConcurrency: 1 }, { HELD: 'start' })
    const answers = [...Array(50).keys()].map((number) => ask(service, `/n/${number}`))
    expect(service.status()).toMatchObject({ state: 'starting', queued: 50, inFlight: 0 })
    await bench.release('start')
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200)
    const seen = json((await ask(service, '/seen')).text)
    expect(seen).toEqual([...[...Array(50).keys()].map((number) => `/n/${number}`), '/seen'])
    expect(service.status()).toMatchObject({ state: 'ready', queued: 0, instances: 1 })
  })

  it('answers 503 to the one after ten thousand', async () => {
    const service = await bench.start({}, { HELD: 'never' })
    const answers = Array.from({ length: 10_000 }, () => ask(service, '/'))
    expect(await ask(service, '/')).toMatchObject({ status: 503 })
    await service.close()
    expect((await Promise.all(answers)).every(({ status }) => status === 503)).toBe(true)
  })

  it('answers 504 to those who waited too long', async () => {
    const service = await bench.start({ timeoutSeconds: 0.2 }, { HELD: 'never' })
    expect(await ask(service, '/')).toMatchObject({
      status: 504,
      text: 'activator request timeout',
    })
    expect(service.status().queued).toBe(0)
  })
})

describe('containerConcurrency', () => {
  const alone = {
    'autoscaling.knative.dev/target-burst-capacity': '0',
    'autoscaling.knative.dev/max-scale': '1',
  }

  it('is never exceeded, and ten times as many wait where the activator is not', async () => {
    const service = await bench.start({ containerConcurrency: 2, annotations: alone })
    await eventually(() => !service.status().isProxied)
    const held = Array.from({ length: 22 }, () => ask(service, '/hold/all'))
    expect(service.status()).toMatchObject({ inFlight: 2, queued: 20 })
    await eventually(() => bench.isHeld('all', 2))
    expect(await ask(service, '/')).toMatchObject({
      status: 503,
      text: 'pending request queue full\n',
    })
    await bench.release('all')
    expect((await Promise.all(held)).map(({ text: body }) => body)).toEqual(
      Array.from({ length: 22 }, () => 'released'),
    )
    expect((await ask(service, '/peak')).text).toBe('2')
  })

  it('lets ten thousand wait where the activator is', async () => {
    const annotations = { 'autoscaling.knative.dev/max-scale': '1' }
    const service = await bench.start({ containerConcurrency: 1, annotations })
    await eventually(() => service.status().state === 'ready')
    const held = Array.from({ length: 10_001 }, () => ask(service, '/hold/all'))
    expect(service.status()).toMatchObject({ inFlight: 1, queued: 10_000, isProxied: true })
    expect(await ask(service, '/')).toMatchObject({ status: 503 })
    await service.close()
    await Promise.allSettled(held)
  })

  it('of 0 is no limit', async () => {
    const service = await bench.start()
    const held = Array.from({ length: 100 }, () => ask(service, '/hold/all'))
    await eventually(() => bench.isHeld('all', 100))
    await bench.release('all')
    await Promise.all(held)
  })

  it('counts an answer until it was read', async () => {
    const service = await bench.start({ containerConcurrency: 1 })
    const begun = ask(service, '/begin/it')
    const next = ask(service, '/n/next')
    await eventually(() => service.status().queued === 1)
    await bench.release('it')
    expect((await begun).text).toBe('begun and ended')
    expect((await next).status).toBe(200)
  })
})

describe('timeoutSeconds', () => {
  it.each([
    ['activator request timeout', true, '-1'],
    ['request timeout', false, '0'],
  ])(
    'ends a request whose answer has not begun with 504, %s',
    async (sentence, isProxied, burst) => {
      const annotations = { 'autoscaling.knative.dev/target-burst-capacity': burst }
      const service = await bench.start({ timeoutSeconds: 0.5, annotations })
      await eventually(() => service.status().state === 'ready')
      await eventually(() => service.status().isProxied === isProxied)
      expect(await ask(service, '/hold/for-ever')).toMatchObject({ status: 504, text: sentence })
      expect(service.status().inFlight).toBe(0)
    },
  )

  it('ends an answer that has begun, after what came of it', async () => {
    const service = await bench.start({ timeoutSeconds: 0.5 })
    await eventually(() => service.status().state === 'ready')
    expect(await ask(service, '/begin/it')).toMatchObject({
      status: 200,
      text: 'begun activator request timeout',
    })
    await eventually(() => service.status().inFlight === 0)
  })

  it('cuts one whose length was told', async () => {
    const service = await bench.start({ timeoutSeconds: 0.5 })
    await eventually(() => service.status().state === 'ready')
    await expect(ask(service, '/begin-of/100')).rejects.toThrow()
    await eventually(() => service.status().inFlight === 0)
  })
})

describe('responseStartTimeoutSeconds', () => {
  it('ends a request whose answer has not begun, and lets one that has begun take its time', async () => {
    const service = await bench.start({ timeoutSeconds: 60, responseStartTimeoutSeconds: 0.5 })
    await eventually(() => service.status().state === 'ready')
    const begun = ask(service, '/begin/it')
    expect(await ask(service, '/hold/until-504')).toMatchObject({ status: 504 })
    await bench.release('it')
    expect(await begun).toMatchObject({ status: 200, text: 'begun and ended' })
  })
})

describe('idleTimeoutSeconds', () => {
  it('ends a request that has no byte of its answer', async () => {
    const service = await bench.start({ idleTimeoutSeconds: 0.3 })
    await eventually(() => service.status().state === 'ready')
    expect(await ask(service, '/hold/for-ever')).toMatchObject({ status: 504 })
  })

  it('ends an answer that falls silent, and none that goes on', async () => {
    const service = await bench.start({ idleTimeoutSeconds: 0.3 })
    await eventually(() => service.status().state === 'ready')
    expect((await ask(service, '/drip/10')).text).toBe('drop '.repeat(10))
    expect(await ask(service, '/begin/never')).toMatchObject({
      status: 200,
      text: 'begun activator request timeout',
    })
    await eventually(() => service.status().inFlight === 0)
  })
})

describe('when its process dies', () => {
  it('answers 502 to the request it had, and serves the next after a restart', async () => {
    const service = await bench.start()
    expect((await ask(service, '/die')).status).toBe(502)
    expect(await ask(service, '/n/next')).toMatchObject({ status: 200 })
    expect(service.status()).toMatchObject({ state: 'ready', restarts: 1 })
    expect(bench.facts).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        who: 'Service echo',
        fact: 'ended (signal SIGKILL) and is started again',
      }),
    )
  })

  it('cuts an answer it had begun', async () => {
    const service = await bench.start()
    await expect(ask(service, '/die-midway')).rejects.toThrow('aborted')
    expect(await ask(service, '/n/next')).toMatchObject({ status: 200 })
  })

  it('loses no request of a stream of them when it is killed in the middle: each has an answer', async () => {
    const service = await bench.start({ containerConcurrency: 4 })
    await eventually(() => service.status().state === 'ready')
    const [pid = 0] = service.pids()
    // An answer may also be cut after its status has come: its body then ends with an error.
    const answered = async () => {
      try {
        return (await ask(service, '/n', { body: 'x' })).status
      } catch (error) {
        if (String(error).includes('aborted')) return 502
        throw error
      }
    }
    const sender = async () => {
      const statuses: number[] = []
      for (let number = 0; number < 50; number++) {
        statuses.push(await answered())
        if (number === 10) kill(pid)
      }
      return statuses
    }
    const statuses = (await Promise.all(Array.from({ length: 8 }, sender))).flat()
    expect(statuses).toHaveLength(400)
    expect(new Set(statuses)).toEqual(new Set(statuses.includes(502) ? [200, 502] : [200]))
    // Those in flight at that moment were cut, and at most as many that followed on the same connections.
    expect(statuses.filter((status) => status === 502).length).toBeLessThanOrEqual(8)
    expect(service.status()).toMatchObject({ inFlight: 0, queued: 0, restarts: 1 })
  })

  it('leaves nothing of it behind', async () => {
    const service = await bench.start()
    await eventually(() => service.status().state === 'ready')
    const [pid = 0] = service.pids()
    kill(pid)
    const next = await eventually(() => service.pids().find((other) => other !== pid))
    expect(isAlive(pid)).toBe(false)
    await service.close()
    expect(isAlive(next)).toBe(false)
  })
})

describe('a process that does not stay up', () => {
  it('is failing, says why once, and is tried again with a pause', async () => {
    await bench.write('broken.js', 'throw new Error(`the model is missing`)')
    const service = await bench.start({ command: ['node', 'broken.js'] })
    await eventually(() => service.status().restarts >= 2)
    expect(service.status().state).toBe('failing')
    const errors = bench.facts.filter(({ level }) => level === 'error')
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({
      who: 'Service echo',
      fact: expect.stringContaining('does not stay up (exit code 1); mend it'),
    })
    expect(String(errors[0]?.details?.['lastLines'])).toContain('the model is missing')
  })

  it('serves those who waited once it is mended', async () => {
    await bench.write('mended.js', 'throw new Error(`not yet`)')
    const service = await bench.start({ command: ['node', 'mended.js'] })
    const waiting = ask(service, '/n/1')
    await eventually(() => service.status().state === 'failing')
    await bench.write('mended.js', `require('./server.js')`)
    expect((await waiting).status).toBe(200)
    expect(service.status().state).toBe('ready')
    expect(bench.facts.at(-1)).toMatchObject({ level: 'info', fact: 'is ready again' })
  })

  it('is told by name when its command is not there', async () => {
    const service = await bench.start({ command: ['no-such-command'] })
    await eventually(() => service.status().state === 'failing')
    await eventually(() =>
      bench.facts.some(({ fact }) => fact.includes('exit code 127 (no such command)')),
    )
  })

  it('is refused when it has no command at all', async () => {
    await expect(bench.start({ command: [] })).rejects.toThrow(
      /^Service echo \(echo\/service\.yaml:1\) has no command: .*command: \[node, index\.js\]/,
    )
  })
})

describe('closing', () => {
  it('lets what is in flight finish, refuses what waits and what comes', async () => {
    const service = await bench.start({ containerConcurrency: 1 })
    const inFlight = ask(service, '/hold/it')
    await eventually(() => service.status().inFlight === 1)
    const waits = ask(service, '/n/waits')
    const closed = service.close()
    expect((await waits).status).toBe(503)
    expect((await ask(service, '/n/comes')).status).toBe(503)
    await bench.release('it')
    expect(await inFlight).toMatchObject({ status: 200, text: 'released' })
    await closed
    expect(service.status()).toMatchObject({ state: 'stopped', instances: 0 })
  })

  it('ends within five seconds even what ignores SIGTERM, all at once', async () => {
    const services = await Promise.all([1, 2, 3].map(() => bench.start({}, { STUBBORN: 'yes' })))
    await eventually(() => services.every((service) => service.status().state === 'ready'))
    const pids = services.flatMap((service) => service.pids())
    const started = performance.now()
    await Promise.all(services.map((service) => service.close()))
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('ends one that is still starting', async () => {
    const service = await bench.start({}, { HELD: 'never' })
    const [pid = 0] = service.pids()
    await service.close()
    expect(isAlive(pid)).toBe(false)
  })

  it('ends one that waits for its next try', async () => {
    const service: RunningService = await bench.start({ command: ['false'] })
    await eventually(() => service.status().state === 'failing')
    await service.close()
    expect(service.pids()).toEqual([])
  })
})

it('passes on what its process prints', async () => {
  const service = await bench.start()
  const line = encodeURIComponent('{"level":"info","fact":"stored","rows":3}')
  await ask(service, `/print/${line}`)
  await eventually(() => bench.facts.some(({ who }) => who === 'echo'))
  expect(bench.facts).toContainEqual({
    level: 'info',
    who: 'echo',
    fact: 'stored',
    details: { rows: 3 },
  })
})

it('is told where it is served', async () => {
  const service = await bench.start({ name: 'predict', namespace: 'nowcast' })
  expect(service.url).toBe('http://predict.nowcast.svc.cluster.local')
  expect(service.status()).toMatchObject({
    name: 'predict',
    namespace: 'nowcast',
    revision: 'predict-00001',
    url: 'http://predict.nowcast.localhost:8080',
  })
})

function json(body: string): unknown {
  return JSON.parse(body)
}

function kill(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGKILL')
}
