import { describe, expect, it } from '@jest/globals'

import { causeOf, parseRows } from '../../../functions/lib/row-events.ts'
import { event } from '../../support/workbench.ts'

const timestamp = '2026-01-01T00:00:00Z'
const features = (row: unknown) => parseRows(event('dev.nowcast.features', row), 'features')

function deep(): unknown {
  let value: unknown = 1
  for (let depth = 0; depth < 100_000; depth += 1) value = [value]
  return value
}

describe('which events hold rows', () => {
  it.each([
    ['dev.nowcast.features', undefined, 'features'],
    ['dev.nowcast.target', undefined, 'target'],
    ['dev.nowcast.prediction', undefined, 'prediction'],
    ['dev.knative.kafka.event', 'features', 'features'],
    ['dev.knative.kafka.event', 'target', 'target'],
    ['dev.knative.kafka.event', 'prediction', 'prediction'],
    ['dev.knative.kafka.event', undefined, undefined],
    ['dev.knative.kafka.event', 'other', undefined],
    ['dev.nowcast.row', undefined, undefined],
    ['com.example.features', undefined, undefined],
  ])('type %s with key %s: %s', (type, key, cause) => {
    const extensions: Record<string, string> = key === undefined ? {} : { key }
    expect(causeOf(event(type, {}, { extensions }))).toBe(cause)
  })
})

describe('the series of a row', () => {
  it.each([
    ['the row names it', { series: 'a' }, 'b', 'dev.nowcast.target', 'a'],
    ['else the subject', {}, 'b', 'dev.nowcast.target', 'b'],
    ['else mltest', {}, undefined, 'dev.nowcast.target', 'mltest'],
    [
      "a plain record's subject is its position",
      {},
      'partition:0#7',
      'dev.knative.kafka.event',
      'mltest',
    ],
  ])('%s', (_name, row, subject, type, series) => {
    const { patches } = parseRows(
      event(type, { timestamp, target: 1, ...row }, { subject }),
      'target',
    )
    expect(patches).toEqual([{ series, timestamp: '2026-01-01T00:00:00.000Z', target: 1 }])
  })
})

describe('rows', () => {
  it('are read from a list, a bare object, and the bytes of a plain record', () => {
    const row = { timestamp, feat_0: 1 }
    const expected = [
      { series: 'mltest', timestamp: '2026-01-01T00:00:00.000Z', features: { feat_0: 1 } },
    ]
    for (const data of [{ rows: [row] }, row, Buffer.from(JSON.stringify(row))]) {
      expect(features(data).patches).toEqual(expected)
    }
  })

  it('take null for a missing feature', () => {
    expect(features({ timestamp, a: null, b: 1 }).patches[0]?.features).toEqual({ b: 1 })
  })

  it.each([
    ['no timestamp', { a: 1 }, 'timestamp-missing'],
    ['an unreadable timestamp', { timestamp: 'now', a: 1 }, 'timestamp-unreadable'],
    ['a number as timestamp', { timestamp: 5, a: 1 }, 'timestamp-unreadable'],
    ['a reserved name', { timestamp, target: 1 }, 'name-reserved'],
    ['a hostile name', JSON.parse(`{"timestamp":"${timestamp}","__proto__":1}`), 'name-reserved'],
    ['the constructor', { timestamp, constructor: 1 }, 'name-reserved'],
    ['a malformed name', { timestamp, 'a.b': 1 }, 'name-invalid'],
    ['a dollar name', { timestamp, $where: 1 }, 'name-invalid'],
    ['text', { timestamp, a: '1' }, 'not-a-number'],
    ['a list', { timestamp, a: [1] }, 'not-a-number'],
    ['infinity', JSON.parse(`{"timestamp":"${timestamp}","a":1e999}`), 'not-a-number'],
    ['no feature', { timestamp }, 'no-features'],
    [
      'a timestamp nested a hundred thousand deep',
      { timestamp: deep(), a: 1 },
      'timestamp-unreadable',
    ],
    ['the name of what every object has', { timestamp, toString: 1 }, 'name-reserved'],
    ['no object', 7, 'not-an-object'],
    ['a control character in its series', { timestamp, a: 1, series: 'x\n' }, 'series-invalid'],
    [
      'over a thousand features',
      { timestamp, ...Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`f${i}`, 1])) },
      'too-many-features',
    ],
  ])('with %s are refused, the others go on', (_name, bad: unknown, code) => {
    const good = { timestamp, a: 1 }
    const { patches, rejections } = features({ rows: [good, bad, good] })
    expect(patches).toHaveLength(2)
    expect(rejections).toMatchObject([{ code, reason: expect.any(String) }])
    expect(rejections[0]?.row).toBe(bad)
  })

  it.each([
    ['a list as data', [], 'no-rows'],
    ['no data', undefined, 'no-rows'],
    ['an empty list', { rows: [] }, 'no-rows'],
    ['rows that are no list', { rows: 5 }, 'no-rows'],
    ['bytes that are no JSON', Buffer.from('{"timestamp": NaN'), 'malformed-json'],
  ])('cannot be read from %s', (_name, data, code) => {
    expect(() => features(data)).toThrow(expect.objectContaining({ code }))
  })
})

describe('predictions', () => {
  const parse = (row: object) =>
    parseRows(event('dev.nowcast.prediction', { timestamp, ...row }), 'prediction')

  it('of the seed system are read, saying nothing of what was learnt', () => {
    const [patch] = parse({ prediction: 1.5, version: 3, model: 'ridgecv' }).patches
    expect(patch?.predictions).toEqual({
      ridgecv: {
        prediction: 1.5,
        version: 3,
        lower: null,
        upper: null,
        level: null,
        champion: false,
      },
    })
  })

  it.each([
    ['no model', { prediction: 1, version: 0 }, 'model-missing'],
    ['a hostile model', { prediction: 1, version: 0, model: '__proto__' }, 'model-invalid'],
    ['a dotted model', { prediction: 1, version: 0, model: 'a.b' }, 'model-invalid'],
    ['a half version', { prediction: 1, version: 0.5, model: 'a' }, 'not-a-number'],
    ['no prediction', { version: 0, model: 'a' }, 'not-a-number'],
    [
      'a wrong trainedThrough',
      { prediction: 1, version: 0, model: 'a', trainedThrough: 'x' },
      'trained-through-unreadable',
    ],
  ])('with %s are refused', (_name, row, code) => {
    expect(parse(row).rejections).toMatchObject([{ code }])
  })
})
