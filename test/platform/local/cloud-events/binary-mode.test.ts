import { describe, expect, it } from '@jest/globals'

import {
  httpHeaders,
  readHttp,
  readRecord,
  recordHeaders,
} from '../../../../platform/local/cloud-events/binary-mode.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const headers = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' }

describe('HTTP binary mode', () => {
  it('percent-encodes what a header cannot carry, and reads it back', () => {
    const attributes = {
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 't',
      subject: '50 % "é€"',
    }
    const written = httpHeaders({ attributes, data: undefined })

    expect(written['ce-subject']).toBe('50%20%25%20%22%C3%A9%E2%82%AC%22')
    expect(readHttp(written, bytes(''))).toEqual({
      kind: 'event',
      event: { attributes, data: undefined },
    })
  })

  it('carries the content type in the header of that name, and every value as text', () => {
    const attributes = { specversion: '1.0', datacontenttype: 'application/json', n: 5, b: true }
    expect(httpHeaders({ attributes, data: undefined })).toEqual({
      'ce-specversion': '1.0',
      'content-type': 'application/json',
      'ce-n': '5',
      'ce-b': 'true',
    })
  })

  it.each([
    ['no attributes at all', { 'content-type': 'application/json' }, 'ce-specversion'],
    ['a batch', { ...headers, 'content-type': 'application/cloudevents-batch+json' }, 'not taken'],
    [
      'an unknown format',
      { ...headers, 'content-type': 'application/cloudevents+avro' },
      'not taken',
    ],
    ['version 0.3', { ...headers, 'ce-specversion': '0.3' }, 'specversion'],
    ['no type', { ...headers, 'ce-type': undefined }, 'type is missing'],
    ['an empty subject', { ...headers, 'ce-subject': '' }, 'subject is empty'],
    ['a source that is no URI', { ...headers, 'ce-source': 'a%20b' }, 'source is no URI'],
    ['a time without zone', { ...headers, 'ce-time': '2026-01-01T00:00:00' }, 'time'],
    [
      'a content type no header can carry',
      { ...headers, 'content-type': 'application/json; x=中' },
      'datacontenttype',
    ],
    ['a dash in a name', { ...headers, 'ce-my-ext': 'x' }, 'my-ext'],
    ['malformed JSON', { 'content-type': 'application/cloudevents+json' }, 'JSON'],
  ])('refuses %s', (_, sent, fault) => {
    const given = Object.fromEntries(
      Object.entries(sent).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
    const reading = readHttp(given, bytes('{'))
    expect(reading).toEqual({ kind: 'fault', fault: expect.stringContaining(fault) })
  })
})

describe('Kafka binary mode', () => {
  it('carries attributes as they are, also what HTTP would encode', () => {
    const attributes = { specversion: '1.0', id: '100%', source: '/s', type: 't', subject: 'é "x"' }
    const written = recordHeaders({ attributes, data: undefined })

    expect(written).toMatchObject({ ce_id: '100%', ce_subject: 'é "x"' })
    expect(readRecord(written, undefined)).toMatchObject({ kind: 'event', event: { attributes } })
  })

  it('reads no data from an empty value', () => {
    const written = { ce_specversion: '1.0', ce_id: '1', ce_source: '/s', ce_type: 't' }
    expect(readRecord(written, bytes(''))).toMatchObject({ event: { data: undefined } })
    expect(readRecord(written, undefined)).toMatchObject({ event: { data: undefined } })
  })
})
