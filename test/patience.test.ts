import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'

import { ofKind } from '../platform/local/manifests/inventory.ts'
import { readManifests } from '../platform/local/manifests/read.ts'
import type { NewRecord } from '../platform/local/log/event-log.ts'
import { retryPlan } from '../platform/local/parts/kafka-source/back-off.ts'
import { local } from './contracts/knative/local.ts'
import { kafkaSource, recorderAt, topic, written } from './contracts/knative/manifests.ts'
import type { Document } from './contracts/knative/manifests.ts'
import { keptOf, recorder, tell } from './contracts/knative/recorder.ts'
import type { Deployment } from './contracts/knative/subject.ts'
import { eventually } from './support/eventually.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const BUGGY = fileURLToPath(new URL('support/buggy-function.ts', import.meta.url))
const DEADLINE_MS = 90_000
const TEN_MINUTES_MS = 600_000
const SECOND_MS = 1_000

const sources = ofKind(await readManifests(root), 'KafkaSource')
const waitsOf = (delivery: (typeof sources)[number]['delivery'], retries?: number): number => {
  const plan = retryPlan(delivery)
  const count = Math.min(retries ?? plan.retries, plan.retries)
  return Array.from({ length: count }, (_, index) => plan.waitMs(index + 1)).reduce(
    (sum, wait) => sum + wait,
    0,
  )
}

describe('every KafkaSource of ours', () => {
  it.each(sources.map((source) => [source.name, source.delivery] as const))(
    '%s is patient for longer than a store is away for ten minutes',
    (_, delivery) => {
      expect(waitsOf(delivery)).toBeGreaterThan(2 * TEN_MINUTES_MS)
    },
  )

  it.each(sources.map((source) => [source.name, source.delivery] as const))(
    '%s waits seconds for the three tries of an event that a bug refuses',
    (_, delivery) => {
      expect(waitsOf(delivery, 2)).toBeLessThanOrEqual(5 * SECOND_MS)
    },
  )
})

/** The delivery of our own sources, as it is written. */
const { delivery } = z
  .looseObject({ spec: z.looseObject({ delivery: z.looseObject({}) }) })
  .parse(parse(readFileSync(join(root, 'eventing/persist.yaml'), 'utf8'))).spec

const events = (...ids: string[]): NewRecord[] =>
  ids.map((id) => ({
    topic: 'rows',
    partition: 0,
    key: undefined,
    headers: {
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: '/test',
      ce_type: 'test',
      'content-type': 'application/json',
    },
    value: Buffer.from('{}'),
  }))

describe('with the delivery of our own sources', () => {
  let deployment: Deployment
  afterEach(() => deployment.remove(), DEADLINE_MS)

  const source = async () => {
    const status = await deployment.laptop?.platform().status()
    return status?.sources[0]
  }
  const now = async () => Date.parse((await deployment.laptop?.platform().status())?.time ?? '')

  it(
    'an event that meets a bug is tried three times, then goes to the dead letters as 422, and the next follows',
    async () => {
      const buggy: Document = {
        apiVersion: 'serving.knative.dev/v1',
        kind: 'Service',
        metadata: { name: 'buggy' },
        spec: {
          template: { spec: { containers: [{ image: 'function', command: ['node', BUGGY] }] } },
        },
      }
      const rows = kafkaSource('rows', {
        delivery: { ...delivery, deadLetterSink: recorderAt('dead') },
        sink: { ref: { ...recorderAt('').ref, name: 'buggy' } },
      })
      const records = events('before', 'poison', 'after')
      deployment = await local.deploy(written([recorder(), buggy, topic('rows'), rows]), {
        records,
      })
      await eventually(async () => (await source())?.delivered === 2, DEADLINE_MS)
      expect(await source()).toMatchObject({ retried: 2, deadLettered: 1, dropped: 0 })
      const { requests } = await keptOf(deployment, 'dead')
      expect(
        requests.map(({ headers }) => [headers['ce-id'], headers['ce-knativeerrorcode']]),
      ).toEqual([['poison', '422']])
    },
    DEADLINE_MS,
  )

  it(
    'a store that is away for ten minutes loses nothing, and nothing goes to the dead letters',
    async () => {
      const rows = kafkaSource('rows', {
        delivery: { ...delivery, deadLetterSink: recorderAt('dead') },
        sink: recorderAt('away'),
      })
      const ids = Array.from({ length: 20 }, (_, index) => `${index}`)
      deployment = await local.deploy(
        written([recorder({ away: [{ status: 503 }] }), topic('rows'), rows]),
        { records: events(...ids), speed: 60 },
      )
      await eventually(
        async () => (await keptOf(deployment, 'away')).requests.length > 0,
        DEADLINE_MS,
      )
      const wentAt = await now()
      await eventually(async () => (await now()) - wentAt > TEN_MINUTES_MS, DEADLINE_MS)
      await tell(deployment, 'away', [{ status: 204 }])
      await eventually(async () => (await source())?.delivered === ids.length, DEADLINE_MS)
      expect(await source()).toMatchObject({ deadLettered: 0, dropped: 0 })
      const { requests } = await keptOf(deployment, 'away')
      // In their order, the first one again and again until the store was back.
      expect([...new Set(requests.map(({ headers }) => headers['ce-id']))]).toEqual(ids)
      expect((await keptOf(deployment, 'dead')).requests).toEqual([])
    },
    2 * DEADLINE_MS,
  )
})
