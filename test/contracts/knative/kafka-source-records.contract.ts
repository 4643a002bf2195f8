import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import type { NewRecord } from '../../../platform/local/log/event-log.ts'
import { eventually } from '../../support/eventually.ts'
import { kafkaSource, topic, written } from './manifests.ts'
import { keptOf, recorder } from './recorder.ts'
import type { Kept } from './recorder.ts'
import type { Deployment, Subject } from './subject.ts'

const DEADLINE_MS = 60_000

const bytes = (text: string) => new TextEncoder().encode(text)

/** The headers of an event in Kafka's binary mode. */
const BINARY = {
  ce_specversion: '1.0',
  ce_id: 'a 1',
  ce_source: '/s',
  ce_type: 't',
  'content-type': 'application/json',
}
const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=utf-8' }
const EVENT = '{"specversion":"1.0","id":"b","source":"/s","type":"t","n":3,"data":{"a":1.0}}'

interface Case {
  readonly record: Partial<NewRecord>
  readonly spec?: object
  readonly keyType?: string
}

/** A topic, a source and one record each. */
const CASES: Readonly<Record<string, Case>> = {
  binary: { record: { headers: { ...BINARY, other: 'x' }, key: bytes('unused') } },
  structured: { record: { headers: STRUCTURED, value: bytes(EVENT) } },
  both: { record: { headers: { ...BINARY, ...STRUCTURED }, value: bytes(EVENT) } },
  plain: { record: { value: bytes('plain') } },
  typed: {
    record: {
      headers: { 'Content-Type': 'Application/JSON', 'X-Trace_Id': 'v', ce_id: 'half' },
      key: bytes('k'),
    },
  },
  malformed: { record: { headers: STRUCTURED, value: bytes('{"specversion"') } },
  incomplete: { record: { headers: { ce_specversion: '1.0', ce_id: 'a' } } },
  null: { record: { value: undefined } },
  tombstone: { record: { headers: BINARY, value: undefined } },
  unkeyed: { record: { key: bytes('') } },
  text: { record: { key: bytes('12345') }, keyType: 'string' },
  int: { record: { key: Uint8Array.of(0, 0, 1, 0) }, keyType: 'int' },
  long: { record: { key: bytes('12345') }, keyType: 'int' },
  float: { record: { key: Uint8Array.of(0x3f, 0xc0, 0, 0) }, keyType: 'float' },
  double: { record: { key: Uint8Array.of(0x3f, 0xf8, 0, 0, 0, 0, 0, 0) }, keyType: 'float' },
  bytes: { record: { key: Uint8Array.of(0, 255) }, keyType: 'byte-array' },
  overridden: {
    record: { headers: { ...BINARY, ce_origin: 'record' } },
    spec: { ceOverrides: { extensions: { origin: 'source', knativekafkaoffset: 'none' } } },
  },
  positioned: { record: { partition: 1 } },
}

const MANIFESTS = written([
  recorder(),
  ...Object.entries(CASES).flatMap(([name, { spec = {}, keyType }]) => [
    topic(name, 2),
    kafkaSource(
      name,
      spec,
      keyType === undefined ? {} : { 'kafkasources.sources.knative.dev/key-type': keyType },
    ),
  ]),
])

const RECORDS: NewRecord[] = Object.entries(CASES).map(([name, { record }]) => {
  return {
    topic: name,
    partition: 0,
    key: undefined,
    headers: {},
    value: bytes('{"a":1}'),
    ...record,
  }
})

/** How a KafkaSource makes a request of a record (contract sections 2.2 and 2.3). */
export function recordContract(subject: Subject): void {
  describe(`KafkaSource contract, records: ${subject.name}`, () => {
    let deployment: Deployment
    beforeAll(async () => {
      deployment = await subject.deploy(MANIFESTS, { records: RECORDS })
    }, DEADLINE_MS)
    afterAll(() => deployment?.remove(), DEADLINE_MS)

    const posted = (name: string): Promise<Kept['requests'][number]> =>
      eventually(async () => (await keptOf(deployment, name)).requests[0], DEADLINE_MS)
    const attributes = async (name: string) =>
      Object.fromEntries(
        Object.entries((await posted(name)).headers).flatMap(([header, value]) =>
          header.startsWith('ce-') ? [[header.slice(3), value]] : [],
        ),
      )
    const plain = (name: string, partition = 0) => {
      return {
        specversion: '1.0',
        id: `partition:${partition}/offset:0`,
        source: `/apis/v1/namespaces/${deployment.namespace}/kafkasources/${name}#${name}`,
        type: 'dev.knative.kafka.event',
        subject: `partition:${partition}#0`,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
        knativekafkapartition: String(partition),
        knativekafkaoffset: '0',
      }
    }

    it('posts to its sink in binary mode, with Prefer: reply and its namespace', async () => {
      const { method, headers } = await posted('structured')
      expect(method).toBe('POST')
      expect(headers).toMatchObject({
        'ce-specversion': '1.0',
        'content-type': 'application/json',
        prefer: 'reply',
        'kn-namespace': deployment.namespace,
      })
    })

    it('passes on an event in binary mode as it is, without other headers of its record', async () => {
      expect(await attributes('binary')).toEqual({
        specversion: '1.0',
        id: 'a%201',
        source: '/s',
        type: 't',
        knativekafkapartition: '0',
        knativekafkaoffset: '0',
      })
      expect((await posted('binary')).body).toBe('{"a":1}')
      expect((await posted('binary')).headers['other']).toBeUndefined()
    })

    it('passes on an event in structured mode as it is, its data to the letter', async () => {
      expect(await attributes('structured')).toEqual({
        specversion: '1.0',
        id: 'b',
        source: '/s',
        type: 't',
        n: '3',
        knativekafkapartition: '0',
        knativekafkaoffset: '0',
      })
      expect((await posted('structured')).body).toBe('{"a":1.0}')
    })

    it('takes a structured content type before the attributes in headers', async () => {
      expect(await attributes('both')).toMatchObject({ id: 'b', n: '3' })
    })

    it('makes an event of a plain record: its own id, source, type, subject and time', async () => {
      expect(await attributes('plain')).toEqual(plain('plain'))
      expect((await posted('plain')).body).toBe('plain')
    })

    it('sends no content type when the record has none', async () => {
      expect((await posted('plain')).headers['content-type']).toBeUndefined()
    })

    it('makes the content type of a plain record the one of its data, in lower case', async () => {
      expect((await posted('typed')).headers['content-type']).toBe('application/json')
    })

    it('puts the other headers of a plain record into kafkaheader extensions, letters and digits alone', async () => {
      expect(await attributes('typed')).toEqual({
        ...plain('typed'),
        key: 'k',
        partitionkey: 'k',
        kafkaheaderxtraceid: 'v',
        kafkaheaderceid: 'half',
      })
    })

    it('wraps a malformed structured event like a plain record', async () => {
      expect(await attributes('malformed')).toEqual(plain('malformed'))
      const { headers, body } = await posted('malformed')
      expect(headers['content-type']).toMatch(/^application\/cloudevents\+json/)
      expect(body).toBe('{"specversion"')
    })

    it('wraps an event in binary mode that lacks an attribute like a plain record', async () => {
      expect(await attributes('incomplete')).toEqual({
        ...plain('incomplete'),
        kafkaheadercespecversion: '1.0',
        kafkaheaderceid: 'a',
      })
    })

    it('makes an event without data of a null value', async () => {
      expect(await attributes('null')).toEqual(plain('null'))
      expect((await posted('null')).body).toBe('')
    })

    it('passes on an event in binary mode whose value is null, without data', async () => {
      expect(await attributes('tombstone')).toMatchObject({ id: 'a%201', type: 't' })
      expect((await posted('tombstone')).body).toBe('')
    })

    it('has no key and partitionkey when the key is missing or empty', async () => {
      for (const name of ['plain', 'unkeyed']) {
        expect(Object.keys(await attributes(name))).not.toContain('key')
        expect(Object.keys(await attributes(name))).not.toContain('partitionkey')
      }
    })

    it.each([
      ['string', 'text', '12345'],
      ['int, of 4 bytes', 'int', '256'],
      ['int, of any other length, as text', 'long', '12345'],
      ['float, of 4 bytes', 'float', '1.5'],
      ['float, of 8 bytes', 'double', '1.5'],
      ['byte-array', 'bytes', 'AP8='],
    ])('reads a key of the type in its label: %s', async (_, name, key) => {
      expect(await attributes(name)).toMatchObject({ key, partitionkey: key })
    })

    it('adds partition and offset to every event', async () => {
      expect(await attributes('positioned')).toEqual(plain('positioned', 1))
    })

    it('sets ceOverrides last, over what the record and Kafka say', async () => {
      expect(await attributes('overridden')).toMatchObject({
        origin: 'source',
        knativekafkaoffset: 'none',
        knativekafkapartition: '0',
      })
    })
  })
}
