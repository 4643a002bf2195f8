import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import type { NewRecord } from '../../../platform/local/log/event-log.ts'
import { kafkaSource, recorderAt, topic, written } from './manifests.ts'
import { keptOf, recorder } from './recorder.ts'
import type { Reply } from './recorder.ts'
import type { Deployment, Subject } from './subject.ts'

const DEADLINE_MS = 90_000
const SPEED = 60

const RETRIED = [500, 503, 599, 404, 408, 409, 429]
const REFUSED = [300, 301, 400, 401, 403, 413, 422]
const TAKEN = [200, 202, 204]

interface Case {
  readonly delivery?: object
  readonly replies: readonly Reply[]
  /** Of the dead letter sink; undefined when the source has none. */
  readonly letters?: readonly Reply[]
  readonly sink?: object
}

const AGAIN = { retry: 2, backoffDelay: 'PT0S' }
const always = (status: number, more: Omit<Reply, 'status'> = {}): Reply[] => [{ status, ...more }]
const byStatus = (prefix: string, statuses: readonly number[], delivery: object) =>
  Object.fromEntries(
    statuses.map((status) => [
      `${prefix}-${status}`,
      { delivery, replies: always(status), letters: always(204) },
    ]),
  )

const CASES: Readonly<Record<string, Case>> = {
  ...byStatus('retried', RETRIED, AGAIN),
  ...byStatus('refused', REFUSED, AGAIN),
  ...byStatus('taken', TAKEN, AGAIN),
  recovers: { delivery: { ...AGAIN }, replies: [{ status: 503 }, { status: 204 }], letters: [] },
  cut: { delivery: AGAIN, replies: [{ cut: true }], letters: [] },
  late: { delivery: { retry: 1, timeout: 'PT5S' }, replies: [{ hold: true }], letters: [] },
  exponential: {
    delivery: { retry: 3, backoffPolicy: 'exponential', backoffDelay: 'PT2S' },
    replies: always(503),
  },
  linear: {
    delivery: { retry: 3, backoffPolicy: 'linear', backoffDelay: 'PT2S' },
    replies: always(503),
  },
  unsaid: { delivery: { retry: 3 }, replies: always(503) },
  immediate: { delivery: { retry: 10, backoffDelay: 'PT0S' }, replies: always(503) },
  absent: { replies: always(503) },
  empty: { delivery: {}, replies: always(503) },
  'only-timeout': { delivery: { timeout: 'PT5S' }, replies: always(503) },
  'only-back-off': {
    delivery: { backoffDelay: 'PT1S', backoffPolicy: 'linear' },
    replies: always(503),
  },
  'only-sink': { delivery: {}, replies: always(503), letters: always(204) },
  'after-max': {
    delivery: { ...AGAIN, retryAfterMax: 'PT30S' },
    replies: always(503, { headers: { 'retry-after': '3600' } }),
  },
  letter: {
    delivery: {},
    replies: always(422, {
      headers: { 'kne-Reason': 'poison', 'x-other': 'y' },
      body: 'x'.repeat(1_030),
    }),
    letters: always(204),
  },
  bodiless: { delivery: {}, replies: always(422), letters: always(204) },
  unanswered: {
    delivery: {},
    replies: [],
    letters: always(204),
    sink: { uri: 'http://127.0.0.1:1/unanswered' },
  },
  buried: { delivery: AGAIN, replies: always(422), letters: always(503) },
  elsewhere: { replies: always(204), sink: { ref: recorderAt('').ref, uri: '/elsewhere?a=1' } },
  replied: {
    replies: always(200, {
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'r',
        'ce-source': '/r',
        'ce-type': 'r',
        'content-type': 'application/json',
      },
      body: '{}',
    }),
  },
}

const REPLIES: Record<string, readonly Reply[]> = {}
for (const [name, { replies, letters = [] }] of Object.entries(CASES)) {
  REPLIES[name] = replies
  REPLIES[`${name}-dead`] = letters
}

const MANIFESTS = written([
  recorder(REPLIES),
  ...Object.entries(CASES).flatMap(([name, { delivery, letters, sink }]) => [
    topic(name),
    kafkaSource(name, {
      ...(sink === undefined ? {} : { sink }),
      ...(delivery === undefined
        ? {}
        : {
            delivery: {
              ...delivery,
              ...(letters === undefined ? {} : { deadLetterSink: recorderAt(`${name}-dead`) }),
            },
          }),
    }),
  ]),
])

const RECORDS: NewRecord[] = Object.keys(CASES).flatMap((name) => [
  {
    topic: name,
    partition: 0,
    key: undefined,
    headers: {
      ce_specversion: '1.0',
      ce_id: 'first',
      ce_source: '/test',
      ce_type: 'test',
      'content-type': 'application/json',
    },
    value: Buffer.from('{"a":1}'),
  },
])

/** What becomes of a record, by what its sink answers (contract section 2.4). */
export function deliveryContract(subject: Subject): void {
  describe(`KafkaSource contract, delivery: ${subject.name}`, () => {
    let deployment: Deployment
    beforeAll(async () => {
      deployment = await subject.deploy(MANIFESTS, { records: RECORDS, speed: SPEED })
      // The defaults take 613.8 seconds of the platform's, 10 of the wall's.
      await deployment.laptop?.platform().settled(DEADLINE_MS)
    }, 2 * DEADLINE_MS)
    afterAll(() => deployment?.remove(), DEADLINE_MS)

    const attempts = async (name: string) => (await keptOf(deployment, name)).requests
    const letter = async (name: string) => {
      const [first] = await attempts(`${name}-dead`)
      return first
    }
    const source = async (name: string) => {
      const status = await deployment.laptop?.platform().status()
      return status?.sources.find((one) => one.name === name)
    }

    /** Milliseconds of the platform between attempts. */
    const waits = async (name: string) => {
      const at = (await attempts(name)).map((request) => request.at)
      return at.slice(1).map((time, index) => (time - (at[index] ?? 0)) * SPEED)
    }
    const expectWaits = async (name: string, expected: readonly number[]) => {
      const waited = await waits(name)
      expect(waited).toHaveLength(expected.length)
      // The recorder's clock shows whole milliseconds.
      for (const [index, wait] of expected.entries()) {
        expect(waited[index]).toBeGreaterThanOrEqual(wait - 2 * SPEED)
      }
    }

    it.each(TAKEN)('takes %i for delivered', async (status) => {
      expect(await attempts(`taken-${status}`)).toHaveLength(1)
      expect(await letter(`taken-${status}`)).toBeUndefined()
      expect(await source(`taken-${status}`)).toMatchObject({ delivered: 1 })
    })

    it.each(RETRIED)(
      'tries again after %i, as often as retry says, then dead letters',
      async (status) => {
        expect(await attempts(`retried-${status}`)).toHaveLength(3)
        expect((await letter(`retried-${status}`))?.headers['ce-id']).toBe('first')
      },
    )

    it.each(REFUSED)('gives up at once after %i, and dead letters', async (status) => {
      expect(await attempts(`refused-${status}`)).toHaveLength(1)
      expect((await letter(`refused-${status}`))?.headers['ce-id']).toBe('first')
    })

    it('delivers what a later attempt takes, and dead letters nothing', async () => {
      expect(await attempts('recovers')).toHaveLength(2)
      expect(await letter('recovers')).toBeUndefined()
    })

    it('tries again when the connection is cut', async () => {
      expect(await attempts('cut')).toHaveLength(3)
      expect(await source('cut')).toMatchObject({ retried: 2, deadLettered: 1 })
    })

    it('tries again when an attempt is not answered within timeout, which is real time', async () => {
      expect(await attempts('late')).toHaveLength(2)
      const [first, second] = await attempts('late')
      // The first attempt may have waited for the recorder to start.
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(1_000)
    })

    it('waits twice the delay before the first retry, then twice as long each time, when it is exponential', async () => {
      await expectWaits('exponential', [4_000, 8_000, 16_000])
    })

    it('waits the delay, then twice and three times the delay, when it is linear', async () => {
      await expectWaits('linear', [2_000, 4_000, 6_000])
    })

    it('waits exponentially from 200 ms when retry alone is set', async () => {
      await expectWaits('unsaid', [400, 800, 1_600])
    })

    it('tries again at once when the delay is zero', async () => {
      expect(await attempts('immediate')).toHaveLength(11)
    })

    it('tries ten times more, exponentially from 300 ms, when delivery is absent', async () => {
      await expectWaits(
        'absent',
        Array.from({ length: 10 }, (_, index) => 300 * 2 ** (index + 1)),
      )
    })

    it.each(['empty', 'only-timeout', 'only-back-off', 'only-sink'])(
      'never tries again when delivery is there without retry: %s',
      async (name) => {
        expect(await attempts(name)).toHaveLength(1)
      },
    )

    it('does not heed Retry-After, whatever retryAfterMax says', async () => {
      expect(await attempts('after-max')).toHaveLength(3)
    })

    it('sends the event to the dead letter sink with the address, the code and the data of the failure', async () => {
      const found = await letter('letter')
      expect(found?.headers).toMatchObject({
        'ce-id': 'first',
        'ce-knativekafkaoffset': '0',
        'ce-knativeerrordest': `http://recorder.${deployment.namespace}.svc.cluster.local/letter`,
        'ce-knativeerrorcode': '422',
        'content-type': 'application/json',
        prefer: 'reply',
        'kn-namespace': deployment.namespace,
      })
      expect(found?.body).toBe('{"a":1}')
    })

    it('keeps the first 1024 bytes of the failed answer in a dead letter, as base64', async () => {
      const data = (await letter('letter'))?.headers['ce-knativeerrordata'] ?? ''
      expect(Buffer.from(data, 'base64').toString()).toBe('x'.repeat(1_024))
      expect((await letter('bodiless'))?.headers['ce-knativeerrordata']).toBeUndefined()
    })

    it('makes kne- headers of the failed answer extensions of the dead letter', async () => {
      const headers = (await letter('letter'))?.headers
      expect(headers?.['ce-reason']).toBe('poison')
      expect(Object.keys(headers ?? {})).not.toContain('ce-other')
    })

    it('says the address alone in a dead letter when there was no answer', async () => {
      const headers = (await letter('unanswered'))?.headers
      expect(headers?.['ce-knativeerrordest']).toBe('http://127.0.0.1:1/unanswered')
      expect(headers?.['ce-knativeerrorcode']).toBeUndefined()
      expect(headers?.['ce-knativeerrordata']).toBeUndefined()
    })

    it('tries the dead letter sink under the same rules, and drops what it does not take', async () => {
      expect(await attempts('buried')).toHaveLength(1)
      expect(await attempts('buried-dead')).toHaveLength(3)
      expect(await source('buried')).toMatchObject({ dropped: 1, deadLettered: 0 })
    })

    it('drops what it cannot deliver when there is no dead letter sink, and goes on', async () => {
      expect(await source('empty')).toMatchObject({ dropped: 1, lag: [{ records: 0 }] })
    })

    it('posts to the uri of its sink, relative to what its ref names', async () => {
      expect(await attempts('elsewhere?a=1')).toHaveLength(1)
    })

    it('ignores an event in the answer', async () => {
      expect(await attempts('replied')).toHaveLength(1)
      expect(await source('replied')).toMatchObject({ delivered: 1 })
    })
  })
}
