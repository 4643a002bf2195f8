import { describe, expect, it } from '@jest/globals'

import type { LogRecord } from '../../../../../platform/local/log/event-log.ts'
import { recordEvent } from '../../../../../platform/local/parts/kafka-source/record-event.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const source = { namespace: 'nowcast', name: 'persist', keyType: 'string', extensions: {} } as const
const position = { knativekafkapartition: 2, knativekafkaoffset: 17 }
const binary = {
  ce_specversion: '1.0',
  ce_id: 'abc',
  ce_source: '/simulate',
  ce_type: 'dev.nowcast.row',
  'content-type': 'application/json',
}

function record(more: Partial<LogRecord> = {}): LogRecord {
  return {
    topic: 'mltest',
    partition: 2,
    offset: 17,
    timestamp: Date.UTC(2026, 0, 1, 0, 0, 0, 120),
    key: undefined,
    headers: {},
    value: bytes('{"a":1}'),
    ...more,
  }
}

/** The attributes of a plain record without key and headers (InvalidCloudEventInterceptor). */
const plain = {
  specversion: '1.0',
  id: 'partition:2/offset:17',
  source: '/apis/v1/namespaces/nowcast/kafkasources/persist#mltest',
  type: 'dev.knative.kafka.event',
  subject: 'partition:2#17',
  time: '2026-01-01T00:00:00.12Z',
  ...position,
}

describe('recordEvent', () => {
  it('passes on an event in binary mode, and adds its position', () => {
    const headers = {
      ...binary,
      ce_partitionkey: 'k',
      ce_time: '2026-01-01T00:00:00.000Z',
      other: 'x',
    }
    const event = recordEvent(record({ headers, key: bytes('not used') }), source)

    expect(event.attributes).toEqual({
      specversion: '1.0',
      id: 'abc',
      source: '/simulate',
      type: 'dev.nowcast.row',
      datacontenttype: 'application/json',
      partitionkey: 'k',
      time: '2026-01-01T00:00:00.000Z',
      ...position,
    })
    expect(event.data).toEqual(bytes('{"a":1}'))
  })

  it('passes on an event in structured mode', () => {
    const value = bytes(
      '{"specversion":"1.0","id":"1","source":"/s","type":"t","n":3,"data":{"a":1.0}}',
    )
    const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8', ce_id: 'no' }
    const event = recordEvent(record({ headers, value }), source)

    expect(event.attributes).toEqual({
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 't',
      n: 3,
      datacontenttype: 'application/json',
      ...position,
    })
    expect(new TextDecoder().decode(event.data)).toBe('{"a":1.0}')
  })

  it('makes an event of a plain record', () => {
    const event = recordEvent(record(), source)
    expect(event).toEqual({ attributes: plain, data: bytes('{"a":1}') })
  })

  it('puts the key, the content type and the other headers of a plain record into its event', () => {
    const headers = { 'Content-Type': 'Application/JSON', 'X-Trace_Id': 'é 1', ce_id: 'half' }
    const event = recordEvent(record({ headers, key: bytes('target') }), source)

    expect(event.attributes).toEqual({
      ...plain,
      key: 'target',
      partitionkey: 'target',
      datacontenttype: 'application/json',
      kafkaheaderxtraceid: 'é 1',
      kafkaheaderceid: 'half',
    })
  })

  it.each([
    ['a binary event without an id', { ...binary, ce_id: undefined }, '{}', undefined],
    [
      'a binary event with a dash in a name',
      { ...binary, 'ce_my-ext': 'x' },
      '{}',
      'application/json',
    ],
    ['a binary event of version 2', { ...binary, ce_specversion: '2.0' }, '{}', 'application/json'],
    [
      'a binary event with a malformed time',
      { ...binary, ce_time: 'now' },
      '{}',
      'application/json',
    ],
    [
      'a malformed structured event',
      { 'content-type': 'application/cloudevents+json' },
      '{"specversion"',
      'application/cloudevents+json',
    ],
    [
      'a structured event of an unknown format',
      { ...binary, 'content-type': 'application/cloudevents+protobuf' },
      '?',
      'application/cloudevents+protobuf',
    ],
  ])('takes %s for a plain record', (_, headers, value, contentType) => {
    const kept = Object.fromEntries(
      Object.entries(headers).flatMap(([name, header]) =>
        header === undefined ? [] : [[name, header]],
      ),
    )
    const event = recordEvent(record({ headers: kept, value: bytes(value) }), source)

    expect(event.attributes).toMatchObject({ type: 'dev.knative.kafka.event', id: plain.id })
    if (contentType !== undefined) expect(event.attributes['datacontenttype']).toBe(contentType)
    expect(event.data).toEqual(bytes(value))
  })

  it('makes events without data of null values', () => {
    expect(recordEvent(record({ value: undefined }), source)).toEqual({
      attributes: plain,
      data: undefined,
    })
    const event = recordEvent(record({ headers: binary, value: undefined }), source)
    expect(event).toMatchObject({ attributes: { id: 'abc', ...position }, data: undefined })
  })

  const int = Uint8Array.of(0xff, 0xff, 0xff, 0xfe)
  const float = Uint8Array.of(0x3d, 0xcc, 0xcc, 0xcd)
  const double = Uint8Array.of(0x41, 0x63, 0x12, 0xd0, 0, 0, 0, 0)
  it.each([
    ['string', bytes('é'), 'é'],
    ['string', bytes(''), undefined],
    ['string', undefined, undefined],
    ['int', int, '-2'],
    ['int', bytes('12345'), '12345'],
    ['float', float, '0.1'],
    ['float', double, '1.0E7'],
    ['float', bytes('1.5'), '1.5'],
    ['byte-array', Uint8Array.of(0, 255), 'AP8='],
  ] as const)('reads a key of type %s from %p as %p', (keyType, key, text) => {
    const event = recordEvent(record({ key }), { ...source, keyType })
    expect([event.attributes['key'], event.attributes['partitionkey']]).toEqual([text, text])
  })

  it('lets ceOverrides have the last word', () => {
    const extensions = { origin: 'laptop', knativekafkaoffset: 'none' }
    const event = recordEvent(record({ headers: { ...binary, ce_origin: 'x' } }), {
      ...source,
      extensions,
    })

    expect(event.attributes).toMatchObject({
      origin: 'laptop',
      knativekafkaoffset: 'none',
      knativekafkapartition: 2,
    })
  })
})
