import { describe, expect, it } from '@jest/globals'
import { configMap } from '../../../../../platform/local/manifests/kinds/config-map.ts'
import { secret } from '../../../../../platform/local/manifests/kinds/secret.ts'
import { readKind, readOne } from '../../../../support/parse-kind.ts'

const map = (fields: string): string =>
  `{ apiVersion: v1, kind: ConfigMap, metadata: { name: settings }, ${fields} }`
const hidden = (fields: string): string =>
  `{ apiVersion: v1, kind: Secret, metadata: { name: hidden }, ${fields} }`

describe('ConfigMap', () => {
  it('holds text by key', () => {
    expect(readOne('ConfigMap', configMap, map('data: { a.b: "1" }')).data).toEqual({ 'a.b': '1' })
    expect(readOne('ConfigMap', configMap, map('')).data).toEqual({})
  })

  it.each([
    ['data: { a: 1 }', 'data.a is a whole number; write text, in quotes'],
    ['data: { a: true }', 'data.a is true; write text, in quotes'],
    ['data: { a b: x }', 'data["a b"] is no key; write letters, digits, "-", "_" and "."'],
    [
      'binaryData: { a: AA== }',
      'binaryData does not run on a laptop: a laptop keeps text alone; move it to data',
    ],
  ])('is refused with %s', (fields, message) => {
    expect(() => readKind(configMap, map(fields))).toThrow(new Error(message))
  })
})

describe('Secret', () => {
  it('holds base64 and text; text wins, as on a cluster', () => {
    const fields = 'type: Opaque, data: { a: w6k=, b: eA== }, stringData: { b: y, c: z }'
    expect(readOne('Secret', secret, hidden(fields)).data).toEqual({ a: 'é', b: 'y', c: 'z' })
  })

  it.each([
    ['data: { a: hunter2 }', 'data.a is not base64'],
    ['data: { a: /w== }', 'data.a holds bytes; a laptop keeps text alone'],
  ])('is refused with %s, which it does not quote', (fields, message) => {
    expect(() => readKind(secret, hidden(fields))).toThrow(message)
    expect(() => readKind(secret, hidden(fields))).not.toThrow('hunter2')
  })
})
