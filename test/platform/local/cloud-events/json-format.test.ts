import { describe, expect, it } from '@jest/globals'

import { readJson, writeJson } from '../../../../platform/local/cloud-events/json-format.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const context = { specversion: '1.0', id: '1', source: '/s', type: 't' }
const read = (event: unknown) => readJson(bytes(JSON.stringify(event)))
const dataOf = (event: object) => new TextDecoder().decode(read(event).data)

describe('readJson', () => {
  it('keeps JSON data as it stands', () => {
    const json =
      '{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{"b": 1e400,"a":1.0}}'
    expect(new TextDecoder().decode(readJson(bytes(json)).data)).toBe('{"b": 1e400,"a":1.0}')
  })

  it('takes data without a content type for JSON', () => {
    expect(read({ ...context, data: 'text' }).attributes['datacontenttype']).toBe(
      'application/json',
    )
    expect(dataOf({ ...context, data: 'text' })).toBe('"text"')
    expect(read(context).attributes).toEqual(context)
    expect(read(context).data).toBeUndefined()
  })

  it('takes other data from a string, or from base64', () => {
    expect(dataOf({ ...context, datacontenttype: 'text/plain', data: 'é' })).toBe('é')
    expect([...(read({ ...context, data_base64: '/wA=' }).data ?? [])]).toEqual([255, 0])
  })

  it('keeps integers and booleans, and leaves out what is null', () => {
    const { attributes } = read({ ...context, subject: null, count: 7, good: true })
    expect(attributes).toEqual({ ...context, count: 7, good: true })
  })

  it.each([
    ['an array', []],
    ['text', 'event'],
    ['both data and data_base64', { ...context, data: 1, data_base64: '' }],
    ['an id that is a number', { ...context, id: 1 }],
    ['a fraction', { ...context, ratio: 0.5 }],
    [
      'data that is no string, of a type that is no JSON',
      { ...context, datacontenttype: 'a/b', data: {} },
    ],
  ])('refuses %s', (_, event) => {
    expect(() => read(event)).toThrow()
  })
})

describe('writeJson', () => {
  const write = (data: Uint8Array | undefined, datacontenttype?: string) =>
    new TextDecoder().decode(
      writeJson({ attributes: { ...context, ...(datacontenttype && { datacontenttype }) }, data }),
    )

  it('writes JSON data as it stands, and other data as base64', () => {
    expect(write(bytes('{"a": 1.0}'), 'application/json; charset=utf-8')).toMatch(
      /"data":\{"a": 1\.0\}\}$/,
    )
    expect(write(bytes('{}'), 'application/vnd+json')).toMatch(/"data":\{\}\}$/)
    expect(write(bytes('{}'), 'text/plain')).toMatch(/"data_base64":"e30="\}$/)
    expect(write(undefined)).toBe(JSON.stringify(context))
  })

  it('writes what only claims to be JSON as base64, so that the event can be read', () => {
    expect(write(bytes('{"a":'), 'application/json')).toMatch(/"data_base64":"eyJhIjo="\}$/)
    expect(write(Uint8Array.of(0xff), 'application/json')).toMatch(/"data_base64":"\/w=="\}$/)
  })
})
