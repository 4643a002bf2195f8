import { randomUUID } from 'node:crypto'
import { env } from 'node:process'
import { Client } from '@elastic/elasticsearch'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import {
  errorByVersion,
  scoresByVersion,
  squaredError,
  targetAndPrediction,
} from '../../scripts/lib/elk/dashboard/panels.ts'
import {
  errorDocument,
  featuresDocument,
  predictionDocument,
  targetDocument,
} from '../support/elastic/documents.ts'
import type { Sample } from '../support/elastic/documents.ts'
import { mean } from '../support/elastic/formula.ts'
import { requestOf } from '../support/elastic/lens-request.ts'
import { lensOf } from '../support/elastic/lens.ts'
import { runElk } from '../support/elastic/run-elk.ts'
import { seedExpression } from '../support/elastic/seed-expression.ts'

/** An Elasticsearch that is there for tests alone, without security: templates and streams of ours are made in it. */
const ELASTICSEARCH_URL = env['ELASTICSEARCH_URL'] || undefined
const url = ELASTICSEARCH_URL ?? 'http://127.0.0.1:9'
const whenThere = ELASTICSEARCH_URL === undefined ? describe.skip : describe
const reason = ELASTICSEARCH_URL === undefined ? ' (not tested: set ELASTICSEARCH_URL)' : ''

const figure = z.object({ value: z.number().nullable() }).optional()
const overTime = z.object({
  time: z.object({
    buckets: z.array(
      z.looseObject({ key: z.number(), error: figure, target: figure, prediction: figure }),
    ),
  }),
})
const versions = z.object({
  by: z.object({
    buckets: z.array(
      z.looseObject({
        key: z.string(),
        scored: figure,
        error: figure,
        bias: figure,
        time: overTime.shape.time.optional(),
      }),
    ),
  }),
})

/** Sends documents as Logstash does, to a stream of this test alone; answers the status of each. */
async function send(client: Client, stream: string, samples: readonly Sample[]): Promise<number[]> {
  const { items } = await client.bulk({
    index: stream,
    refresh: true,
    operations: samples.flatMap(({ id, document }) => [{ create: { _id: id } }, document]),
  })
  return items.map(({ create }) => create?.status ?? 0)
}

/** The server adds in another order than we do. */
function rounded(values: readonly (number | null | undefined)[]): (string | null)[] {
  return values.map((value) => value?.toPrecision(9) ?? null)
}

const START = Date.parse('2026-11-22T12:00:00.000Z')
const at = (seconds: number) => new Date(START + seconds * 1_000).toISOString()

whenThere(`a real Elasticsearch after elk.ts${reason}`, () => {
  // No stream can be deleted on every build, so each run has its own.
  const namespace = `test${randomUUID().replaceAll('-', '')}`
  const rows = `metrics-nowcast.rows-${namespace}`
  const scores = `metrics-nowcast.scores-${namespace}`
  let client: Client

  beforeAll(async () => {
    client = new Client({ node: url })
    const first = await runElk(['--elasticsearch', url, '--timeout', '60'])
    expect([first.code, first.stderr]).toEqual([0, ''])
  }, 120_000)
  afterAll(() => client.close())

  it('finds nothing to change in a second run', async () => {
    const { code, stdout, stderr } = await runElk(['--elasticsearch', url])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/\nnothing to change\n$/)
    expect(stdout).not.toMatch(/: (?:made|changed)\b/)
  }, 30_000)

  it('replaces a definition of another revision', async () => {
    const name = 'nowcast-rows'
    await client.cluster.putComponentTemplate({ name, template: {}, _meta: { revision: 'old' } })
    const { stdout } = await runElk(['--elasticsearch', url])
    expect(stdout).toContain('component template nowcast-rows: changed\n')
    const { component_templates: found } = await client.cluster.getComponentTemplate({ name })
    expect(found[0]?.component_template.template.mappings?.properties).toHaveProperty('features')
  }, 30_000)

  it('keeps the same document once, whatever is sent', async () => {
    const samples = [
      featuresDocument(at(-100), { feat_0: 1.5, 'a name': -2 }),
      targetDocument(at(-100), 3),
      predictionDocument(at(-100), 2.5),
    ]
    expect(await send(client, rows, samples)).toEqual([201, 201, 201])
    expect(await send(client, rows, samples)).toEqual([409, 409, 409])
    const { count } = await client.count({ index: rows })
    expect(count).toBe(3)
  }, 30_000)

  it('finds a row by the value of any feature, and by its event', async () => {
    await send(client, rows, [featuresDocument(at(-200), { feat_7: 42 })])
    const query = (text: string) => client.count({ index: rows, q: text })
    expect((await query('features.feat_7:42')).count).toBe(1)
    expect(
      (await query('cloudevent.type:"dev.nowcast.features" AND features.feat_7:*')).count,
    ).toBe(1)
  }, 30_000)

  it('refuses with 400, for the dead letter queue, what cannot be mapped', async () => {
    const { id, document } = targetDocument(at(-300), 1)
    const statuses = await send(client, rows, [
      { id: `${id} text`, document: { ...document, target: 'high' } },
      { id: `${id} features`, document: { ...document, features: 3 } },
    ])
    expect(statuses).toEqual([400, 400])
  }, 30_000)

  it('takes an event whose time or names are odd', async () => {
    const { id, document } = targetDocument(at(-400), 1)
    const cloudevent = { id: 'a', time: 'yesterday', traceparent: '00-1' }
    const odd = { id: `${id} odd`, document: { ...document, cloudevent, unheard: { of: [1] } } }
    expect(await send(client, rows, [odd])).toEqual([201])
  }, 30_000)

  describe('and 90 seconds of the stream', () => {
    /** Two rows a second; the last seconds have no predictions yet. */
    const stream = Array.from({ length: 180 }, (_, index) => {
      const target = Math.sin(index) * 100
      return { time: at(index / 2), target, prediction: target + Math.cos(index * 3) * 4 }
    })
    const predicted = stream.slice(0, -6)
    const buckets = Array.from({ length: 90 }, (_, second) => {
      const within = stream.slice(second * 2, second * 2 + 2)
      const known = within.filter((row) => predicted.includes(row))
      return {
        target: within.map(({ target }) => target),
        prediction: known.map(({ prediction }) => prediction),
      }
    })

    beforeAll(async () => {
      const samples = [
        ...stream.map(({ time }) => featuresDocument(time, { feat_0: 1 })),
        ...stream.map(({ time, target }) => targetDocument(time, target)),
        ...predicted.map(({ time, prediction }) => predictionDocument(time, prediction)),
      ]
      const statuses = await send(client, rows, samples)
      expect(statuses.filter((status) => status !== 201)).toEqual([])
    }, 60_000)

    async function ask(panel: typeof squaredError) {
      const request = requestOf(lensOf(panel))
      const range = { '@timestamp': { gte: at(0), lt: at(90) } }
      const { aggregations } = await client.search({
        ...request,
        index: rows,
        query: { bool: { must: request.query ?? {}, filter: { range } } },
      })
      return overTime.parse(aggregations).time.buckets
    }

    it("shows the seed's expression in the squared error panel", async () => {
      const shown = await ask(squaredError)
      expect(shown.map(({ key }) => (key - START) / 1_000)).toEqual(
        buckets.map((_, second) => second),
      )
      const expected = seedExpression(buckets)
      expect(expected.filter((value) => value !== null)).toHaveLength(89)
      // The server gives no average in a bucket that has nothing to average.
      const answered = expected.map((value, second) => {
        return buckets[second]?.prediction.length === 0 ? null : value
      })
      expect(rounded(shown.map(({ error }) => error?.value))).toEqual(rounded(answered))
    }, 30_000)

    it('shows the averages of targets and predictions beside it', async () => {
      const shown = await ask(targetAndPrediction)
      expect(shown).toHaveLength(90)
      const averages = (name: 'target' | 'prediction') =>
        buckets.map((bucket) => mean(bucket[name]))
      expect(rounded(shown.map(({ target }) => target?.value))).toEqual(rounded(averages('target')))
      expect(rounded(shown.map(({ prediction }) => prediction?.value))).toEqual(
        rounded(averages('prediction')),
      )
    }, 30_000)
  })

  describe('and scores of two versions', () => {
    const errors = [
      { time: at(0), error: 3, version: 1 },
      { time: at(1), error: -5, version: 1 },
      { time: at(31), error: 1, version: 1 },
      { time: at(31), error: 2, version: 2 },
      { time: at(32), error: 1_000, version: 2, late: true },
    ]
    const rms = (...values: number[]) => Math.sqrt(mean(values.map((value) => value ** 2)) ?? 0)

    beforeAll(async () => {
      const samples = errors.map(({ time, ...score }) => errorDocument(time, score))
      expect(await send(client, scores, samples)).toEqual([201, 201, 201, 201, 201])
    }, 60_000)

    it('shows the error of each version over half minutes, without late ones', async () => {
      const { aggregations } = await client.search({
        ...requestOf(lensOf(errorByVersion)),
        index: scores,
      })
      const shown = versions.parse(aggregations).by.buckets.map(({ key, time }) => {
        return [key, time?.buckets.map((bucket) => bucket.error?.value)]
      })
      expect(shown).toEqual([
        ['ridgecv v2', [2]],
        ['ridgecv v1', [rms(3, -5), 1]],
      ])
    }, 30_000)

    it('counts them in the table', async () => {
      const { aggregations } = await client.search({
        ...requestOf(lensOf(scoresByVersion)),
        index: scores,
      })
      const shown = versions.parse(aggregations).by.buckets.map(({ key, scored, error, bias }) => {
        return { key, scored: scored?.value, error: error?.value, bias: bias?.value?.toFixed(9) }
      })
      expect(shown).toEqual([
        { key: 'ridgecv v2', scored: 1, error: 2, bias: '2.000000000' },
        { key: 'ridgecv v1', scored: 3, error: rms(3, -5, 1), bias: (-1 / 3).toFixed(9) },
      ])
    }, 30_000)
  })
})
