import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { eventually } from '../../support/eventually.ts'
import { written } from './manifests.ts'
import type { Document } from './manifests.ts'
import type { Answer, Deployment, Subject } from './subject.ts'

const DEPLOY_DEADLINE_MS = 300_000
/** Windows of a laptop pass so many times faster; its requests, probes and deadlines do not. */
const SPEED = 40

interface Worker {
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec?: object
  readonly container?: object
}

/** A Service that does what a path asks for: `functions/worker.mjs`. */
function worker(name: string, { annotations = {}, spec = {}, container = {} }: Worker): Document {
  const prefixed: Record<string, string> = {}
  for (const [key, value] of Object.entries(annotations)) {
    prefixed[`autoscaling.knative.dev/${key}`] = value
  }
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name },
    spec: {
      template: {
        metadata: { annotations: prefixed },
        spec: {
          ...spec,
          containers: [
            { image: 'function', command: ['node', 'functions/worker.mjs'], ...container },
          ],
        },
      },
    },
  }
}

const ONE = { 'min-scale': '1', 'max-scale': '1' }
const DIRECT = { ...ONE, 'target-burst-capacity': '0' }
const env = (values: Readonly<Record<string, string>>) => ({
  env: Object.entries(values).map(([name, value]) => ({ name, value })),
})
const get = (path: string) => ({
  httpGet: { path, port: 8080 },
  periodSeconds: 1,
  failureThreshold: 1,
})

const REQUESTS = [
  worker('plain', { annotations: ONE }),
  worker('slow', { annotations: ONE, container: env({ BOOT_MS: '1500' }) }),
  worker('waking', {
    annotations: ONE,
    container: { ...env({ READY_MS: '1500' }), readinessProbe: { httpGet: { path: '/ready' } } },
  }),
  worker('tired', {
    annotations: ONE,
    spec: { timeoutSeconds: 3 },
    container: { readinessProbe: get('/ready') },
  }),
  // A first question may find a process that does not listen yet.
  worker('mortal', {
    annotations: ONE,
    container: { livenessProbe: { ...get('/alive'), failureThreshold: 3 } },
  }),
  worker('starting', {
    annotations: ONE,
    container: {
      ...env({ READY_MS: '2500' }),
      startupProbe: { ...get('/ready'), failureThreshold: 60 },
      livenessProbe: get('/ready'),
    },
  }),
  worker('short', { annotations: ONE, spec: { timeoutSeconds: 2 } }),
  worker('short-direct', { annotations: DIRECT, spec: { timeoutSeconds: 2 } }),
  worker('prompt', {
    annotations: ONE,
    spec: { timeoutSeconds: 60, responseStartTimeoutSeconds: 1 },
  }),
  worker('talkative', { annotations: ONE, spec: { idleTimeoutSeconds: 1 } }),
  worker('limited', { annotations: DIRECT, spec: { containerConcurrency: 2 } }),
  worker('queued', { annotations: ONE, spec: { containerConcurrency: 1 } }),
]

/** What a Service promises about requests: env, probes, timeouts and concurrency. */
export function serviceContract(subject: Subject): void {
  const { isLaptop } = subject.traits
  let deployment: Deployment
  beforeAll(async () => {
    deployment = await subject.deploy(written(REQUESTS))
  }, DEPLOY_DEADLINE_MS)
  afterAll(() => deployment?.remove(), DEPLOY_DEADLINE_MS)

  const ask = (service: string, path: string) => deployment.request(service, { path })
  const asked = (service: string, path: string, times: number) =>
    Promise.all(Array.from({ length: times }, () => ask(service, path)))

  it('gives a container K_SERVICE, K_CONFIGURATION, K_REVISION and PORT', async () => {
    const variables = z.record(z.string(), z.string()).parse(json(await ask('plain', '/env')))
    expect(variables).toMatchObject({
      K_SERVICE: 'plain',
      K_CONFIGURATION: 'plain',
      K_REVISION: 'plain-00001',
      PORT: expect.stringMatching(isLaptop ? /^\d+$/ : /^8080$/),
    })
  })

  it('passes on method, path, headers and body, and the answer as it is', async () => {
    const answer = await deployment.request('plain', {
      method: 'PUT',
      path: '/echo/a?b=c',
      headers: { 'ce-id': '7', 'content-type': 'text/plain' },
      body: 'some text',
    })
    expect(json(answer)).toMatchObject({
      method: 'PUT',
      headers: { 'ce-id': '7', 'content-type': 'text/plain' },
      body: 'some text',
    })
    expect((await ask('plain', '/status/422')).status).toBe(422)
  })

  describe('probes', () => {
    it('sends nothing to an instance before its port can be connected to', async () => {
      expect((await ask('slow', '/instance')).status).toBe(200)
    }, 30_000)

    it('sends nothing to an instance before its readiness probe succeeds', async () => {
      expect((await ask('waking', '/ready')).status).toBe(200)
    }, 30_000)

    it('sends nothing to an instance whose readiness probe fails again', async () => {
      expect((await ask('tired', '/break')).status).toBe(200)
      await eventually(async () => (await ask('tired', '/instance')).status === 504, 60_000)
    }, 90_000)

    it('starts an instance anew whose liveness probe fails', async () => {
      const { body: before } = await ask('mortal', '/instance')
      await ask('mortal', '/break')
      await eventually(async () => {
        const { status, body } = await ask('mortal', '/instance')
        return status === 200 && body !== before
      }, 60_000)
    }, 90_000)

    it('asks a startup probe first, and the liveness probe only once that has succeeded', async () => {
      const first = await ask('starting', '/instance')
      expect(first.status).toBe(200)
      expect((await ask('starting', '/instance')).body).toBe(first.body)
    }, 30_000)
  })

  describe('timeouts', () => {
    it('ends a request after timeoutSeconds with 504, "activator request timeout"', async () => {
      expect(await ask('short', '/sleep/20000')).toMatchObject({
        status: 504,
        body: 'activator request timeout',
      })
    }, 30_000)

    it('ends it with "request timeout" where the activator is not in the way', async () => {
      const answer = await eventually(async () => {
        const found = await ask('short-direct', '/sleep/20000')
        expect(found.status).toBe(504)
        return found.body === 'request timeout' && found
      }, 60_000)
      expect(answer.status).toBe(504)
    }, 90_000)

    it('ends an answer that has begun after timeoutSeconds, with the sentence after what came of it', async () => {
      expect(await ask('short', '/begin/20000')).toMatchObject({
        status: 200,
        body: 'begun activator request timeout',
      })
    }, 30_000)

    it('ends after responseStartTimeoutSeconds only what has not begun to answer', async () => {
      const [late, begun] = await Promise.all([
        ask('prompt', '/sleep/20000'),
        ask('prompt', '/begin/3000'),
      ])
      expect(late.status).toBe(504)
      expect(begun).toMatchObject({ status: 200, body: 'begun ended' })
    }, 30_000)

    it('ends after idleTimeoutSeconds an answer that falls silent, and what has not begun to answer', async () => {
      const [silent, late] = await Promise.all([
        ask('talkative', '/begin/20000'),
        ask('talkative', '/sleep/20000'),
      ])
      // The activator and the queue-proxy hear the same silence: either may be the first to end it.
      expect(silent.status).toBe(200)
      expect(silent.body).toMatch(/^begun (activator )?request timeout$/)
      expect(late.status).toBe(504)
    }, 30_000)
  })

  describe('containerConcurrency', () => {
    it('of 0 lets all requests go at once', async () => {
      const answers = await asked('plain', '/sleep/3000', 40)
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      expect(Number((await ask('plain', '/peak')).body)).toBeGreaterThan(20)
    }, 60_000)

    it('is never exceeded, and the activator holds what finds no place', async () => {
      const answers = await asked('queued', '/sleep/100', 30)
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      expect((await ask('queued', '/peak')).body).toBe('1')
    }, 60_000)

    it('has ten times as many wait where the activator is not in the way, and answers 503 beyond', async () => {
      // The activator leaves the way at the first turn of the autoscaler.
      await eventually(async () => {
        // All of them must have come before the first is answered; a cluster's come from a process each.
        const answers = await asked('limited', `/sleep/${isLaptop ? 700 : 2_000}`, 27)
        const refused = answers.filter(({ status }) => status === 503)
        for (const { body } of refused) expect(body).toBe('pending request queue full\n')
        return refused.length === 5
      }, 120_000)
      expect((await ask('limited', '/peak')).body).toBe('2')
    }, 180_000)
  })

  it('sends requests to the latest revision once it is ready, and lets the one before finish', async () => {
    const long = ask('plain', `/sleep/${isLaptop ? 4_000 : 20_000}`)
    const { body: before } = await ask('plain', '/instance')
    await edit(deployment, 'plain', { env: [{ name: 'BOOT_MS', value: '500' }] })
    expect((await ask('plain', '/instance')).body).toBe(before)
    await eventually(async () => {
      const { K_REVISION } = z
        .looseObject({ K_REVISION: z.string() })
        .parse(json(await ask('plain', '/env')))
      return K_REVISION === 'plain-00002'
    }, 60_000)
    expect(await long).toMatchObject({ status: 200, body: `slept at ${before}` })
  }, 90_000)

  const laptop = isLaptop ? it : it.skip
  const hook = isLaptop ? '' : ' (not tested: a cluster says so in the conditions of a Revision)'
  laptop(
    `keeps the revision before when the next one does not become ready${hook}`,
    async () => {
      const { body: before } = await ask('queued', '/instance')
      await edit(deployment, 'queued', { args: ['--no-such-file'], command: ['false'] })
      const platform = deployment.laptop?.platform()
      await eventually(
        () => platform?.facts.some(({ fact }) => fact.startsWith('keeps queued-00001')),
        30_000,
      )
      expect((await ask('queued', '/instance')).body).toBe(before)
    },
    60_000,
  )
}

const SCALED = [
  worker('zero', { annotations: { window: '6s' } }),
  worker('burst', {
    annotations: { window: '6s', target: '1', 'target-utilization-percentage': '100' },
    spec: { containerConcurrency: 1 },
  }),
  worker('initial', { annotations: { window: '6s', 'initial-scale': '2' } }),
  worker('least', { annotations: { window: '6s', 'min-scale': '2' } }),
  worker('most', {
    annotations: { window: '6s', target: '1', 'max-scale': '2' },
    spec: { containerConcurrency: 1 },
  }),
  worker('several', { annotations: { window: '6s', 'activation-scale': '2' } }),
  worker('delayed', { annotations: { window: '6s', 'scale-down-delay': '1h' } }),
  worker('kept', {
    annotations: { window: '6s', 'scale-to-zero-pod-retention-period': '1h' },
  }),
  worker('rate', {
    annotations: { window: '6s', metric: 'rps', target: '2', 'max-scale': '3' },
  }),
]

/** What a Service promises about the number of its instances. */
export function autoscalingContract(subject: Subject): void {
  const { isLaptop } = subject.traits
  const waitMs = isLaptop ? 30_000 : 240_000
  const longMs = waitMs + 30_000
  let deployment: Deployment
  beforeAll(async () => {
    deployment = await subject.deploy(written(SCALED), { speed: isLaptop ? SPEED : 1 })
  }, DEPLOY_DEADLINE_MS)
  afterAll(() => deployment?.remove(), DEPLOY_DEADLINE_MS)

  const ask = (service: string, path: string) => deployment.request(service, { path })
  const reaches = (service: string, instances: number) =>
    eventually(async () => (await deployment.instances(service)) === instances, waitMs)
  /** Requests that last until so many instances run. */
  const scaledBy = async (service: string, requests: number, instances: number) => {
    const asked = Array.from({ length: requests }, () =>
      ask(service, `/sleep/${isLaptop ? 3_000 : 15_000}`),
    )
    await reaches(service, instances)
    return Promise.all(asked)
  }

  it(
    'goes to zero when nothing comes, whatever it began with',
    async () => {
      await reaches('zero', 0)
      await reaches('initial', 0)
    },
    longMs,
  )

  it(
    'answers every request that comes to none, and starts what it needs',
    async () => {
      await reaches('zero', 0)
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask('zero', '/instance')))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    },
    longMs,
  )

  it(
    'keeps its min-scale, and is never above its max-scale',
    async () => {
      await reaches('least', 2)
      const answers = await scaledBy('most', 6, 2)
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      expect(new Set(answers.map(({ body }) => body)).size).toBe(2)
      await reaches('zero', 0)
      expect(await deployment.instances('least')).toBe(2)
    },
    2 * longMs,
  )

  it(
    'has an instance for each request when its target is one, and each answers one',
    async () => {
      const answers = await scaledBy('burst', 3, 3)
      expect(new Set(answers.map(({ body }) => body)).size).toBeGreaterThan(1)
      await reaches('burst', 0)
    },
    2 * longMs,
  )

  it(
    'leaves zero with its activation-scale',
    async () => {
      await reaches('several', 0)
      expect((await ask('several', '/instance')).status).toBe(200)
      await reaches('several', 2)
    },
    2 * longMs,
  )

  it(
    'keeps instances for the scale-down-delay, and the last one for its retention period',
    async () => {
      expect((await ask('delayed', '/instance')).status).toBe(200)
      expect((await ask('kept', '/instance')).status).toBe(200)
      expect((await ask('zero', '/instance')).status).toBe(200)
      await reaches('zero', 0)
      expect(await deployment.instances('delayed')).toBe(1)
      expect(await deployment.instances('kept')).toBe(1)
    },
    2 * longMs,
  )

  it(
    'counts requests a second when that is its metric',
    async () => {
      const end = new AbortController()
      const sender = async () => {
        while (!end.signal.aborted) expect((await ask('rate', '/instance')).status).toBe(200)
      }
      const sending = Promise.all([sender(), sender()])
      await reaches('rate', 3)
      end.abort()
      await sending
    },
    longMs,
  )
}

function json({ body }: Answer): unknown {
  return JSON.parse(body)
}

/** Changes the container of a Service. */
async function edit(deployment: Deployment, name: string, container: object): Promise<void> {
  const changed = REQUESTS.map((document) =>
    document.metadata.name === name ? worker(name, { annotations: ONE, container }) : document,
  )
  await deployment.change(written(changed))
}
