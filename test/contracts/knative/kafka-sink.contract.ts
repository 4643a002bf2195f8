import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import type { LogRecord } from '../../../platform/local/log/event-log.ts'
import { plainRequest } from '../../support/plain-request.ts'
import type { Plain } from '../../support/plain-request.ts'
import { kafkaSink, topic, written } from './manifests.ts'
import type { Deployment, Subject } from './subject.ts'

const DEADLINE_MS = 60_000
const INGRESS = 'kafka-sink-ingress.knative-eventing.localhost'

const BINARY = {
  'ce-specversion': '1.0',
  'ce-id': 'a%201',
  'ce-source': '/s',
  'ce-type': 't',
  'ce-knativekafkaoffset': '7',
  'content-type': 'application/json',
}
const STRUCTURED = { 'content-type': 'application/cloudevents+json' }
const EVENT = '{"specversion":"1.0","id":"b","source":"/s","type":"t","data":{"a":1.0}}'

interface Case {
  readonly sink: 'binary' | 'structured'
  readonly method?: string
  readonly path?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const CASES: Readonly<Record<string, Case>> = {
  binary: { sink: 'binary', headers: BINARY, body: '{"a":1}' },
  keyed: { sink: 'binary', headers: { ...BINARY, 'ce-id': 'k', 'ce-partitionkey': 'key' } },
  read: { sink: 'binary', headers: STRUCTURED, body: EVENT },
  structured: { sink: 'structured', headers: { ...BINARY, 'ce-id': 's' }, body: '{"a":1}' },
  plain: { sink: 'binary', headers: { 'content-type': 'application/json' }, body: '{}' },
  incomplete: { sink: 'binary', headers: { 'ce-specversion': '1.0' }, body: '{}' },
  batch: {
    sink: 'binary',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: `[${EVENT}]`,
  },
  large: { sink: 'binary', headers: { ...BINARY, 'ce-id': 'l' }, body: 'x'.repeat(3_000) },
  elsewhere: { sink: 'binary', path: '/default/other', headers: BINARY, body: '{}' },
  get: { sink: 'binary', method: 'GET', headers: {} },
}

const small = {
  ...topic('binary'),
  spec: { partitions: 1, config: { 'max.message.bytes': 2_000 } },
}
const MANIFESTS = written([
  small,
  topic('structured'),
  kafkaSink('binary'),
  kafkaSink('structured', { contentMode: 'structured' }),
])

/** What a KafkaSink promises (contract section 3). */
export function kafkaSinkContract(subject: Subject): void {
  describe(`KafkaSink contract: ${subject.name}`, () => {
    let deployment: Deployment
    const answers = new Map<string, Plain>()
    const records = new Map<string, LogRecord[]>()
    beforeAll(async () => {
      deployment = await subject.deploy(MANIFESTS)
      const { laptop } = deployment
      if (laptop === undefined) throw new Error('only a laptop runs a KafkaSink here')
      for (const [name, { sink, method = 'POST', path, headers, body = '' }] of Object.entries(
        CASES,
      )) {
        const options = { host: INGRESS, method, path: path ?? `/default/${sink}`, headers }
        answers.set(name, await plainRequest(laptop.platform().port, options, Buffer.from(body)))
      }
      for (const name of ['binary', 'structured']) records.set(name, await laptop.read(name))
    }, DEADLINE_MS)
    afterAll(() => deployment?.remove(), DEADLINE_MS)

    const record = (sink: string, index: number) => {
      const found = records.get(sink)?.[index]
      return found && { ...found, key: text(found.key), value: text(found.value) }
    }
    const text = (bytes: Uint8Array | undefined) =>
      bytes === undefined ? undefined : Buffer.from(bytes).toString()

    it.each(['binary', 'keyed', 'read', 'structured'])(
      'answers 202 to an event once it is written: %s',
      (name) => {
        expect(answers.get(name)?.status).toBe(202)
      },
    )

    it('writes an event as a record in binary mode, all its attributes as ce_ headers, without a key', () => {
      expect(record('binary', 0)).toMatchObject({
        key: undefined,
        headers: {
          ce_specversion: '1.0',
          ce_id: 'a 1',
          ce_source: '/s',
          ce_type: 't',
          ce_knativekafkaoffset: '7',
          'content-type': 'application/json',
        },
        value: '{"a":1}',
      })
    })

    it('makes the partitionkey the key of the record, and leaves it in the event', () => {
      expect(record('binary', 1)).toMatchObject({ key: 'key', headers: { ce_partitionkey: 'key' } })
    })

    it('writes an event without data as a null value', () => {
      expect(record('binary', 1)?.value).toBeUndefined()
    })

    it('takes an event in structured mode', () => {
      expect(record('binary', 2)).toMatchObject({ headers: { ce_id: 'b' }, value: '{"a":1.0}' })
    })

    it('writes records in structured mode when contentMode says so', () => {
      const found = record('structured', 0)
      expect(found?.headers).toEqual({ 'content-type': 'application/cloudevents+json' })
      expect(JSON.parse(found?.value ?? '')).toMatchObject({ id: 's', type: 't', data: { a: 1 } })
    })

    it.each(['plain', 'incomplete', 'batch'])('answers 400 to what is no event: %s', (name) => {
      expect(answers.get(name)?.status).toBe(400)
    })

    it('answers 503 when an event cannot be written', () => {
      expect(answers.get('large')?.status).toBe(503)
    })

    it('answers 404 at a path that is no sink, and 405 to another method than POST', () => {
      expect(answers.get('elsewhere')?.status).toBe(404)
      expect(answers.get('get')?.status).toBe(405)
    })

    it('writes nothing of what it refuses', () => {
      expect(records.get('binary')).toHaveLength(3)
      expect(records.get('structured')).toHaveLength(1)
    })
  })
}
