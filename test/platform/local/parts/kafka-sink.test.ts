import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { embeddedBroker } from '../../../../platform/local/broker/embedded-broker.ts'
import { listenOnLoopback } from '../../../../platform/local/http/listen.ts'
import type { Listening } from '../../../../platform/local/http/listen.ts'
import { serve } from '../../../../platform/local/http/serve.ts'
import type { LogRecord } from '../../../../platform/local/log/event-log.ts'
import { openSqliteLog } from '../../../../platform/local/log/sqlite-log.ts'
import type { SqliteLog } from '../../../../platform/local/log/sqlite-log.ts'
import type { KafkaSinkManifest } from '../../../../platform/local/manifests/inventory.ts'
import { kafkaIngress } from '../../../../platform/local/parts/kafka-ingress.ts'
import { kafkaSink } from '../../../../platform/local/parts/kafka-sink.ts'
import { recordEvent } from '../../../../platform/local/parts/kafka-source/record-event.ts'

const CE = {
  'ce-specversion': '1.0',
  'ce-id': '1',
  'ce-source': '/test',
  'ce-type': 'dev.nowcast.row',
  'content-type': 'application/json',
}
const without = (header: string) =>
  Object.fromEntries(Object.entries(CE).filter(([name]) => name !== header))
const JSON_CE = { 'content-type': 'application/cloudevents+json' }
const LIMIT = 10_000
const QUOTA = 500_000

describe('a KafkaSink', () => {
  let folder: string
  let log: SqliteLog
  let server: Listening
  let agent: http.Agent
  let said: { level: string; fact: string }[]

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sink-'))
    said = []
    log = openSqliteLog(join(folder, 'log.db'), () => 1_000, { quotaBytes: QUOTA })
    log.createTopic({
      topic: 'mltest',
      partitions: 1,
      retentionMs: undefined,
      maxMessageBytes: LIMIT,
    })
    const sink = (name: string, more: Partial<KafkaSinkManifest> = {}) => {
      const manifest: KafkaSinkManifest = {
        kind: 'KafkaSink',
        namespace: 'nowcast',
        name,
        file: 'platform/sinks.yaml',
        line: 1,
        topic: 'mltest',
        bootstrapServers: ['kafka:9093'],
        contentMode: 'binary',
        ...more,
      }
      return [
        `nowcast/${name}`,
        kafkaSink(manifest, {
          broker: embeddedBroker(log),
          facts: (level, _who, fact) => said.push({ level, fact }),
        }),
      ] as const
    }
    const sinks = [
      sink('mltest'),
      sink('structured', { contentMode: 'structured' }),
      sink('missing', { topic: 'mltests' }),
    ]
    server = await listenOnLoopback(0, serve(kafkaIngress(new Map(sinks))))
    agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  })
  afterEach(async () => {
    agent.destroy()
    await server.close(0)
    log.close()
    rmSync(folder, { recursive: true })
  })

  async function send(
    headers: http.OutgoingHttpHeaders,
    body: string | Uint8Array = '',
    { path = '/nowcast/mltest', method = 'POST' } = {},
  ): Promise<{ status: number | undefined; text: string }> {
    const request = http.request({
      port: server.port,
      host: '127.0.0.1',
      path,
      method,
      headers,
      agent,
    })
    request.end(body)
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).once('error', reject)
    })
    return { status: response.statusCode, text: await text(response) }
  }

  const records = (): LogRecord[] => log.read('mltest', 0, 0, 100)
  const value = (record: LogRecord | undefined) =>
    record?.value === undefined ? undefined : new TextDecoder().decode(record.value)

  it('writes a binary event as a binary record, and answers 202', async () => {
    const extensions = { 'ce-subject': '%C3%A9%201', 'ce-knativekafkaoffset': '5', 'x-other': 'no' }
    expect(await send({ ...CE, ...extensions }, '{"a": 1.0}')).toEqual({ status: 202, text: '' })

    const [record] = records()
    expect(record?.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: '1',
      ce_source: '/test',
      ce_type: 'dev.nowcast.row',
      ce_subject: 'é 1',
      ce_knativekafkaoffset: '5',
      'content-type': 'application/json',
    })
    expect([record?.key, value(record)]).toEqual([undefined, '{"a": 1.0}'])
  })

  it('makes the partitionkey the key of the record, and leaves it in the event', async () => {
    await send({ ...CE, 'ce-partitionkey': 'ml%20test' }, '{}')

    const [record] = records()
    expect(new TextDecoder().decode(record?.key)).toBe('ml test')
    expect(record?.headers['ce_partitionkey']).toBe('ml test')
  })

  it('writes an event without data as a null value, and one without content type without that header', async () => {
    await send(CE)
    await send(without('content-type'), 'text')

    const [first, second] = records()
    expect(value(first)).toBeUndefined()
    expect([second?.headers['content-type'], value(second)]).toEqual([undefined, 'text'])
  })

  it('writes a structured event as a binary record', async () => {
    const event = { specversion: '1.0', id: '2', source: '/s', type: 't', partitionkey: 'k', n: 3 }
    const json = JSON.stringify(event).replace(/\}$/, ',"data":{"a":12345678901234567890}}')
    expect(await send(JSON_CE, json)).toMatchObject({ status: 202 })

    const [record] = records()
    expect(record?.headers).toMatchObject({
      ce_id: '2',
      ce_n: '3',
      'content-type': 'application/json',
    })
    expect([new TextDecoder().decode(record?.key), value(record)]).toEqual([
      'k',
      '{"a":12345678901234567890}',
    ])
  })

  it('writes structured records when it is told to, from either mode', async () => {
    const path = '/nowcast/structured'
    await send({ ...CE, 'ce-partitionkey': 'k' }, '{"a":1}', { path })
    await send({ ...CE, 'content-type': 'text/plain' }, 'text', { path })
    await send(JSON_CE, '{"specversion":"1.0","id":"3","source":"/s","type":"t","n":3}', { path })

    const written = records()
    expect(written.map(({ headers }) => headers)).toEqual(written.map(() => JSON_CE))
    expect(written.map((record): unknown => JSON.parse(value(record) ?? ''))).toEqual([
      {
        specversion: '1.0',
        id: '1',
        source: '/test',
        type: 'dev.nowcast.row',
        datacontenttype: 'application/json',
        partitionkey: 'k',
        data: { a: 1 },
      },
      expect.objectContaining({ datacontenttype: 'text/plain', data_base64: 'dGV4dA==' }),
      { specversion: '1.0', id: '3', source: '/s', type: 't', n: 3 },
    ])
    expect(new TextDecoder().decode(written[0]?.key)).toBe('k')
  })

  it('writes records of which a KafkaSource makes the same event again', async () => {
    await send({ ...CE, 'ce-subject': 'a%20b', 'ce-time': '2026-01-01T00:00:00Z' }, '[1]')
    await send({ ...CE, 'ce-subject': 'a%20b', 'ce-time': '2026-01-01T00:00:00Z' }, '[1]', {
      path: '/nowcast/structured',
    })

    const source = { namespace: 'n', name: 's', keyType: 'string', extensions: {} } as const
    const events = records().map((record) => recordEvent({ ...record, offset: 0 }, source))
    expect(events[0]).toEqual({ ...events[1], data: Buffer.from('[1]') })
    expect(events[0]?.attributes).toMatchObject({ subject: 'a b', time: '2026-01-01T00:00:00Z' })
  })

  it.each([
    ['no event at all', { 'content-type': 'application/json' }, '{}', 'ce-specversion'],
    ['an event without a source', without('ce-source'), '{}', 'source is missing'],
    ['a batch', { 'content-type': 'application/cloudevents-batch+json' }, '[]', 'not taken'],
    ['malformed JSON', JSON_CE, '{"specversion"', 'JSON'],
  ])('answers 400 to %s, and says why', async (_, headers, body, why) => {
    const answer = await send(headers, body)
    expect(answer).toEqual({ status: 400, text: expect.stringContaining(why) })
    expect(records()).toEqual([])
  })

  it.each([
    ['/', '/'],
    ['/nowcast', '/nowcast'],
    ['/nowcast/unknown', '/nowcast/unknown'],
    ['/nowcast/mltest/more', '/nowcast/mltest/more'],
  ])('answers 404 to POST %s', async (path, named) => {
    const answer = await send(CE, '{}', { path })
    expect(answer).toEqual({
      status: 404,
      text: `there is no KafkaSink at ${named}: there are /nowcast/mltest, /nowcast/structured, /nowcast/missing\n`,
    })
  })

  it('is found with a closing slash or a query as well', async () => {
    expect(await send(CE, '{}', { path: '/nowcast/mltest/' })).toMatchObject({ status: 202 })
    expect(await send(CE, '{}', { path: '/nowcast/mltest?a=b' })).toMatchObject({ status: 202 })
  })

  it.each(['GET', 'PUT', 'DELETE'])('answers 405 to %s, whatever the path', async (method) => {
    expect(await send(CE, method === 'PUT' ? '{}' : '', { method })).toMatchObject({ status: 405 })
    expect(await send({}, '', { method, path: '/unknown' })).toMatchObject({ status: 405 })
  })

  it('answers 503 to an event that its topic does not take', async () => {
    const fits = 'x'.repeat(LIMIT - 500)
    expect(await send(CE, fits)).toMatchObject({ status: 202 })
    expect(await send(CE, 'x'.repeat(LIMIT - 10))).toEqual({
      status: 503,
      text: expect.stringContaining('max.message.bytes'),
    })
    expect(records()).toHaveLength(1)
  })

  it('answers 503 to a body of any length, and keeps the connection', async () => {
    expect(await send(CE, 'x'.repeat(20_000_000))).toMatchObject({ status: 503 })
    const chunked = { ...CE, 'transfer-encoding': 'chunked' }
    expect(await send(chunked, 'x'.repeat(20_000_000))).toMatchObject({ status: 503 })
    expect(await send(CE, '{}')).toMatchObject({ status: 202 })
  })

  it('takes a structured event whose data fits, though base64 makes it longer', async () => {
    const data = Buffer.alloc(LIMIT - 500).toString('base64')
    const event = { specversion: '1.0', id: '1', source: '/s', type: 't', data_base64: data }
    expect(await send(JSON_CE, JSON.stringify(event))).toMatchObject({ status: 202 })
  })

  it('answers 503 while its topic is missing, and says which was meant', async () => {
    expect(await send(CE, '{}', { path: '/nowcast/missing' })).toEqual({
      status: 503,
      text: 'not written: topic "mltests" has no KafkaTopic; did you mean "mltest"?\n',
    })
  })

  it('answers 503 when the log has reached its quota, and says why once', async () => {
    const body = 'x'.repeat(LIMIT - 500)
    const answers: (number | undefined)[] = []
    while (answers.at(-1) !== 503 && answers.length < 100)
      answers.push((await send(CE, body)).status)
    expect(await send(CE, body)).toEqual({
      status: 503,
      text: expect.stringContaining(`quota of ${QUOTA} bytes`),
    })
    expect(records()).toHaveLength(answers.filter((status) => status === 202).length)
    const warnings = said.filter(({ level }) => level === 'warn')
    expect(warnings).toEqual([{ level: 'warn', fact: expect.stringContaining('--log-quota') }])
  })

  it('says of each event that is too large that it is', async () => {
    for (let time = 0; time < 2; time += 1) await send(CE, 'x'.repeat(LIMIT - 10))
    expect(said.filter(({ level }) => level === 'warn')).toHaveLength(2)
  })

  it('answers 503 when the log cannot be written', async () => {
    log.close()
    expect(await send(CE, '{}')).toMatchObject({ status: 503 })
  })
})
