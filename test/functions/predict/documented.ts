import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

import { isRecord } from '../../../functions/lib/row-events.ts'
import { openApiDocument } from '../../../functions/predict/openapi.ts'
import type { Answer } from './predict-service.ts'

/** What was sent. */
interface Sent {
  readonly method: string
  readonly path: string
  readonly contentType: string
  readonly body: string
}

/** The document as a client reads it. */
export const document: unknown = JSON.parse(JSON.stringify(openApiDocument()))

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, keywords: ['components'] })
formats.default(ajv)
ajv.addSchema({ $id: 'openapi', components: fieldOf(document, 'components') })

/**
 * What is wrong between an answer of the service and its OpenAPI document: a path, method, status or content type that
 * it does not have, a body that is not of its schema, and a request that was served though its schema forbids it.
 */
export function undocumented(sent: Sent, { status, contentType = '', body }: Answer): string[] {
  if (status === undefined || status === 405 || sent.method === 'HEAD') return []
  const operation = operationOf(sent)
  if (operation === undefined) return status === 404 ? [] : ['the document has no such operation']
  const described = fieldOf(operation, 'responses', String(status))
  if (described === undefined) return [`the document has no answer ${status}`]
  const mediaType = contentType.split(';')[0] ?? ''
  const answer = faultsOf(fieldOf(described, 'content', mediaType, 'schema'), body)
  const request = status === 200 ? requestFaults(operation, sent) : []
  return [...answer, ...request]
}

function requestFaults(operation: unknown, { contentType, body }: Sent): string[] {
  const content = fieldOf(operation, 'requestBody', 'content')
  if (content === undefined) return []
  if (contentType === 'application/x-www-form-urlencoded') {
    const form = Object.fromEntries(new URLSearchParams(body))
    const data = fieldOf(document, 'components', 'schemas', 'rows_form', 'properties', 'data')
    return [
      ...faultsOf(fieldOf(content, contentType, 'schema'), form),
      ...faultsOf(fieldOf(data, 'contentSchema'), JSON.parse(form['data'] ?? '')),
    ]
  }
  return faultsOf(fieldOf(content, contentType, 'schema'), JSON.parse(body))
}

/** Why a value is not of a schema of the document. */
export function faultsOf(schema: unknown, value: unknown): string[] {
  const absolute: unknown = JSON.parse(
    JSON.stringify(schema ?? null).replaceAll('"#/components', '"openapi#/components'),
  )
  if (!isRecord(absolute)) return ['the document has no schema for it']
  const validate = ajv.compile(absolute)
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

function operationOf({ method, path }: Sent): unknown {
  const asked = path.split('?')[0]?.replace(/(.)\/$/, '$1') ?? ''
  const paths = fieldOf(document, 'paths')
  const templates = isRecord(paths) ? Object.keys(paths) : []
  const template = templates.find((candidate) =>
    new RegExp(`^${candidate.replace(/\/$/, '').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(asked),
  )
  return template === undefined ? undefined : fieldOf(paths, template, method.toLowerCase())
}

/** A field inside fields, by their names. */
export function fieldOf(value: unknown, ...names: string[]): unknown {
  return names.reduce((inner, name) => (isRecord(inner) ? inner[name] : undefined), value)
}
