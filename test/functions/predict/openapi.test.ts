import { describe, expect, it } from '@jest/globals'

import { isRecord } from '../../../functions/lib/row-events.ts'
import { document, faultsOf, fieldOf } from './documented.ts'
import { openPredictService } from './predict-service.ts'

/** What the protocol's own OpenAPI document requires of its objects (open_inference_rest.yaml, version 2.0). */
const REQUIRED_BY_PROTOCOL = {
  metadata_server_response: ['name', 'version', 'extensions'],
  metadata_model_response: ['name', 'platform'],
  metadata_tensor: ['name', 'datatype', 'shape'],
  inference_request: ['inputs'],
  request_input: ['name', 'shape', 'datatype', 'data'],
  request_output: ['name'],
  response_output: ['name', 'shape', 'datatype', 'data'],
  inference_response: ['model_name', 'outputs'],
  inference_error_response: ['error'],
}

/** The values of a key, wherever they stand. */
function valuesOf(key: string, inside: unknown): unknown[] {
  if (Array.isArray(inside)) return inside.flatMap((value) => valuesOf(key, value))
  if (!isRecord(inside)) return []
  const deeper = Object.values(inside).flatMap((value) => valuesOf(key, value))
  return key in inside ? [inside[key], ...deeper] : deeper
}

function namesIn(...place: string[]): string[] {
  const fields = fieldOf(document, ...place)
  return isRecord(fields) ? Object.keys(fields) : []
}

const operations = namesIn('paths').flatMap((path) =>
  namesIn('paths', path)
    .filter((method) => method !== 'parameters')
    .map((method) => ({ path, method })),
)

describe('GET /openapi.json', () => {
  it('answers the document, by which every answer of the other tests is checked', async () => {
    const service = await openPredictService([])
    try {
      expect(await service.ask('GET', '/openapi.json')).toMatchObject({
        status: 200,
        contentType: 'application/json; charset=utf-8',
        body: document,
      })
      expect(await service.ask('POST', '/openapi.json')).toMatchObject({
        status: 405,
        allow: 'GET',
      })
    } finally {
      await service.close()
    }
  })

  it('refers only to what it holds, and holds nothing that it does not refer to', () => {
    const held = namesIn('components', 'schemas').map((name) => `#/components/schemas/${name}`)
    expect(new Set(valuesOf('$ref', document))).toEqual(new Set(held))
  })

  it.each(namesIn('components', 'schemas'))('has in %s a schema that can be used', (name) => {
    expect(() => faultsOf({ $ref: `#/components/schemas/${name}` }, null)).not.toThrow()
  })

  it.each(operations)('describes $method $path: parameters, answers, a name of its own', (at) => {
    const { path, method } = at
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const parameters = fieldOf(document, 'paths', path, 'parameters') ?? []
    const described = valuesOf('name', parameters).filter(
      (_, index) => valuesOf('in', parameters)[index] === 'path',
    )
    expect(described).toEqual(inPath)
    expect(namesIn('paths', path, method, 'responses')).toContain('200')
    const id = fieldOf(document, 'paths', path, method, 'operationId')
    expect(valuesOf('operationId', document).filter((other) => other === id)).toHaveLength(1)
  })

  it.each(Object.entries(REQUIRED_BY_PROTOCOL))(
    'requires of %s what the protocol requires',
    (name, required) => {
      const ours = fieldOf(document, 'components', 'schemas', name, 'required')
      expect(ours).toEqual(expect.arrayContaining(required))
    },
  )

  it.each(['request_input', 'inference_request', 'request_output'])(
    'asks in %s for no more than the protocol does',
    (name) => {
      const ours = fieldOf(document, 'components', 'schemas', name, 'required')
      expect(ours).toEqual(Object(REQUIRED_BY_PROTOCOL)[name])
    },
  )
})
