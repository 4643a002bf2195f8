import { describe, expect, it } from '@jest/globals'

import { recordJson } from '../../../../platform/local/console/record-event.ts'
import type { LogRecord } from '../../../../platform/local/log/event-log.ts'

const record = (rest: Partial<LogRecord>): LogRecord => ({
  topic: 'mltest',
  partition: 2,
  offset: 7,
  timestamp: Date.UTC(2026, 0, 1),
  key: undefined,
  headers: {},
  value: undefined,
  ...rest,
})

const EVENT = { ce_specversion: '1.0', ce_id: '1', ce_source: '/s', ce_type: 'a.type' }
const PLACE = {
  knativekafkapartition: 2,
  knativekafkaoffset: 7,
  recordtimestamp: '2026-01-01T00:00:00.000Z',
}

describe('a record as a CloudEvent', () => {
  it.each<{ what: string; given: Partial<LogRecord>; event: object }>([
    {
      what: 'a binary event with JSON',
      given: {
        headers: { ...EVENT, ce_partitionkey: 's', 'content-type': 'application/json' },
        key: Buffer.from('s'),
        value: Buffer.from('{"a":1}'),
      },
      event: {
        specversion: '1.0',
        id: '1',
        source: '/s',
        type: 'a.type',
        partitionkey: 's',
        datacontenttype: 'application/json',
        recordkey: 's',
        data: { a: 1 },
      },
    },
    {
      what: 'a binary event with other data, as base64',
      given: { headers: { ...EVENT, 'content-type': 'text/plain' }, value: Buffer.from('hé') },
      event: {
        specversion: '1.0',
        id: '1',
        source: '/s',
        type: 'a.type',
        datacontenttype: 'text/plain',
        data_base64: Buffer.from('hé').toString('base64'),
      },
    },
    {
      what: 'a binary event without data',
      given: { headers: EVENT },
      event: { specversion: '1.0', id: '1', source: '/s', type: 'a.type' },
    },
    {
      what: 'a structured event',
      given: {
        headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
        value: Buffer.from(
          '{"specversion":"1.0","id":"1","source":"/s","type":"a.type","data":[1]}',
        ),
      },
      event: {
        specversion: '1.0',
        id: '1',
        source: '/s',
        type: 'a.type',
        datacontenttype: 'application/json',
        data: [1],
      },
    },
    {
      what: "a plain record, as a KafkaSource wraps it, with no source's name",
      given: {
        headers: { 'X-Origin': 'seed' },
        key: Buffer.from('features'),
        value: Buffer.from('{"a":1}'),
      },
      event: {
        specversion: '1.0',
        id: 'partition:2/offset:7',
        source: '/topics/mltest',
        type: 'dev.knative.kafka.event',
        subject: 'partition:2#7',
        time: '2026-01-01T00:00:00Z',
        partitionkey: 'features',
        key: 'features',
        kafkaheaderxorigin: 'seed',
        recordkey: 'features',
        data: { a: 1 },
      },
    },
  ])('shows $what', ({ given, event }) => {
    expect(JSON.parse(recordJson(record(given)))).toEqual({ ...event, ...PLACE })
  })

  it('is one line, and keeps the digits of the data', () => {
    const value = Buffer.from('{\r\n  "big": 12345678901234567890,\n  "text": "a\\nb"\n}')
    const line = recordJson(
      record({ headers: { ...EVENT, 'content-type': 'application/json' }, value }),
    )
    expect(line).not.toMatch(/[\r\n]/)
    expect(line).toContain('12345678901234567890')
    expect(JSON.parse(line)).toMatchObject({ data: { text: 'a\nb' } })
  })
})
