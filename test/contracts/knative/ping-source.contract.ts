import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { eventually } from '../../support/eventually.ts'
import { pingSource, recorderAt, written } from './manifests.ts'
import { keptOf, recorder } from './recorder.ts'
import type { Kept } from './recorder.ts'
import type { Deployment, Subject } from './subject.ts'

const DEPLOY_DEADLINE_MS = 240_000
const TICKS_DEADLINE_MS = 30_000

const JSON_DATA = { contentType: 'application/json', data: '{"a":1}' }
const { ref } = recorderAt('')

const DOCUMENTS = [
  recorder({ again: [{ status: 503 }], refused: [{ status: 500 }] }),
  pingSource('json', { ...JSON_DATA, ceOverrides: { extensions: { origin: 'test' } } }),
  pingSource('bytes', { contentType: 'application/octet-stream', dataBase64: 'AP8=' }),
  pingSource('untyped', { data: 'text' }),
  pingSource('bare', { contentType: 'application/json' }),
  pingSource('again', JSON_DATA),
  pingSource('refused', JSON_DATA),
  pingSource('seconds', { schedule: '*/2 * * * * *' }),
  pingSource('minutes', { schedule: undefined }),
  pingSource('hourly', { schedule: '@hourly' }),
  pingSource('daily', { schedule: '@daily' }),
  pingSource('named', { schedule: '0 9 * jan-mar MON-FRI' }),
]
/** What only a laptop shows, and what a cluster without a time zone database refuses. */
const ON_A_LAPTOP = [pingSource('zoned', { schedule: '0 9 1 1 *', timezone: 'Asia/Tokyo' })]

/** What a PingSource promises (contract section 3). */
export function pingSourceContract(subject: Subject): void {
  let deployment: Deployment
  beforeAll(async () => {
    const more = subject.traits.isLaptop ? ON_A_LAPTOP : []
    deployment = await subject.deploy(written([...DOCUMENTS, ...more]))
  }, DEPLOY_DEADLINE_MS)
  afterAll(() => deployment?.remove(), DEPLOY_DEADLINE_MS)

  const ticks = (name: string, count = 1): Promise<Kept['requests']> =>
    eventually(async () => {
      const { requests } = await keptOf(deployment, name)
      return requests.length >= count && requests
    }, TICKS_DEADLINE_MS)

  it(
    'posts an event of its own type, path and namespace at every tick, each with an id of its own',
    async () => {
      const [first, second] = await ticks('json', 2)
      expect(first).toMatchObject({ method: 'POST', body: '{"a":1}' })
      expect(first?.headers).toMatchObject({
        'ce-specversion': '1.0',
        'ce-type': 'dev.knative.sources.ping',
        'ce-source': `/apis/v1/namespaces/${deployment.namespace}/pingsources/json`,
        'content-type': 'application/json',
        'kn-namespace': deployment.namespace,
      })
      expect(first?.headers['ce-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      expect(first?.headers['ce-id']).not.toBe(second?.headers['ce-id'])
      expect(first?.headers['prefer']).toBeUndefined()
    },
    TICKS_DEADLINE_MS,
  )

  it(
    'sets ceOverrides on every event',
    async () => {
      const [first] = await ticks('json')
      expect(first?.headers['ce-origin']).toBe('test')
    },
    TICKS_DEADLINE_MS,
  )

  it(
    'sends dataBase64 as the bytes it stands for',
    async () => {
      const [first] = await ticks('bytes')
      expect(first?.headers['content-type']).toBe('application/octet-stream')
      expect(Buffer.from(first?.bytes ?? '', 'base64')).toEqual(Buffer.of(0, 255))
    },
    TICKS_DEADLINE_MS,
  )

  it(
    'sends no content type when there is none, nor without data',
    async () => {
      const [untyped] = await ticks('untyped')
      expect([untyped?.body, untyped?.headers['content-type']]).toEqual(['text', undefined])
      const [bare] = await ticks('bare')
      expect([bare?.body, bare?.headers['content-type']]).toEqual(['', undefined])
    },
    TICKS_DEADLINE_MS,
  )

  it(
    'tries an event that is answered 503 again five times, waiting 100, 200 … 1600 ms, and then drops it',
    async () => {
      const requests = await eventually(async () => {
        const all = (await keptOf(deployment, 'again')).requests
        const id = all[0]?.headers['ce-id']
        const own = all.filter(({ headers }) => headers['ce-id'] === id)
        // One more tick than an event is tried for: nothing follows.
        return (all.at(-1)?.at ?? 0) - (own.at(-1)?.at ?? 0) > 4_000 && own
      }, TICKS_DEADLINE_MS)
      expect(requests).toHaveLength(6)
      for (const [index, wait] of [100, 200, 400, 800, 1_600].entries()) {
        const gap = (requests[index + 1]?.at ?? 0) - (requests[index]?.at ?? 0)
        expect(gap).toBeGreaterThanOrEqual(wait - 5)
      }
    },
    2 * TICKS_DEADLINE_MS,
  )

  it(
    'does not try an event again that is answered 500',
    async () => {
      const ids = (await ticks('refused', 4)).map(({ headers }) => headers['ce-id'])
      expect(new Set(ids).size).toBe(ids.length)
    },
    TICKS_DEADLINE_MS,
  )

  it(
    'takes schedules of six fields, the first of which is the second',
    async () => {
      const requests = await ticks('seconds', 3)
      const gaps = requests.slice(1).map(({ at }, index) => at - (requests[index]?.at ?? 0))
      // A tick may be up to half a second late.
      expect(Math.min(...gaps)).toBeGreaterThan(1_000)
    },
    TICKS_DEADLINE_MS,
  )

  const nextOf = async (name: string): Promise<Date> => {
    const status = await deployment.laptop?.platform().status()
    return new Date(status?.sources.find((one) => one.name === name)?.next ?? Number.NaN)
  }

  it.each(['hourly', 'daily', 'named'])('takes a schedule that is %s', async (name) => {
    // It runs with the others; what is not taken stops the deployment.
    await expect(keptOf(deployment, name)).resolves.toBeDefined()
  })

  const onLaptop = subject.traits.isLaptop ? it : it.skip
  const title = subject.traits.isLaptop
    ? 'by its own clock'
    : 'by its own clock (not tested: a cluster tells nobody when it will fire, and its adapter serves others)'
  describe(title, () => {
    onLaptop('ticks every minute when no schedule is set', async () => {
      const next = await nextOf('minutes')
      expect(next.getUTCSeconds()).toBe(0)
      expect(next.getTime() - Date.now()).toBeLessThanOrEqual(60_000)
    })

    onLaptop('reads its schedule in its time zone', async () => {
      const next = await nextOf('zoned')
      expect(next.toISOString()).toMatch(/-01-01T00:00:00.000Z$/)
    })

    onLaptop(
      'does not send the ticks of the time it did not run',
      async () => {
        const { laptop } = deployment
        await ticks('json')
        await laptop?.platform().stop()
        const stopped = Date.now()
        await eventually(() => Date.now() - stopped > 2_500)
        await laptop?.restart()
        const [first] = await ticks('json')
        expect(Date.parse(first?.headers['ce-time'] ?? '') - stopped).toBeGreaterThan(2_000)
      },
      TICKS_DEADLINE_MS,
    )
  })

  describe('is refused', () => {
    it.each([
      ['with a schedule of four fields', 'schedule', { schedule: '* * * *' }],
      ['with @every', 'schedule', { schedule: '@every 1s' }],
      ['with a time zone that is none', 'timezone', { timezone: 'Mars/Base' }],
      ['with data and dataBase64', 'dataBase64', { data: 'a', dataBase64: 'YQ==' }],
      ['with dataBase64 that is none', 'dataBase64', { dataBase64: '?' }],
      ['with JSON that is an array', 'data', { contentType: 'application/json', data: '[1]' }],
      [
        'with JSON in dataBase64 that is no object',
        'dataBase64',
        { ...JSON_DATA, data: undefined, dataBase64: 'MQ==' },
      ],
      ['with a sink that names nothing', 'sink', { sink: {} }],
      ['with a whole address beside ref', 'sink.uri', { sink: { ref, uri: 'http://example.com' } }],
    ])(
      '%s',
      async (_, field, spec) => {
        const manifests = written([pingSource('wrong', spec)])
        await expect(subject.deploy(manifests)).rejects.toThrow(`spec.${field}`)
      },
      DEPLOY_DEADLINE_MS,
    )
  })
}
