import { z } from 'zod'

import { json, problem } from '../lib/ports/web.ts'
import type { WebRoute } from '../lib/ports/web.ts'
import { inferenceSchemas } from './inference-schemas.ts'
import { restSchemas } from './rest-schemas.ts'

const SCHEMAS = { ...restSchemas, ...inferenceSchemas }
type SchemaName = keyof typeof SCHEMAS

/** `GET /openapi.json`: this web service as an OpenAPI 3.1 document. */
export const openApiRoute: WebRoute = ({ method, path }) => {
  if (path !== '/openapi.json') return undefined
  const isRead = method === 'GET' || method === 'HEAD'
  return Promise.resolve(
    isRead
      ? json(200, openApiDocument())
      : {
          ...problem(405, 'method-not-allowed', 'Method not allowed', `${path} takes GET`),
          allow: 'GET',
        },
  )
}

/** The document; its schemas are those by which requests are read. */
export function openApiDocument(): object {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Nowcast: predict',
      version: '0.1.0',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Predictions of the models that learn on the stream, as the seed system asks for them and by the Open Inference Protocol, version 2. CloudEvents POSTed to / are the stream itself. Beside what is listed, 413 is a body over 4 MiB, 503 a store that is away and 500 a fault of ours, each a problem.',
    },
    servers: [{ url: '/' }],
    security: [],
    paths: {
      '/models': {
        get: operation('listModels', 'The versions of all models', {
          200: answer('Newest first by name', 'stored_models'),
        }),
      },
      '/predict/{name}/{version}/': {
        parameters: [NAME, VERSION],
        post: {
          ...operation('predictRows', 'What a model says of rows', {
            200: answer('One prediction for each row, in their order', 'predictions'),
            404: problemAnswer('There is no such model or version'),
            422: problemAnswer('A row cannot be read, or lacks a feature'),
          }),
          requestBody: {
            required: true,
            content: {
              'application/x-www-form-urlencoded': { schema: reference('rows_form') },
              'application/json': { schema: reference('rows_body') },
            },
          },
        },
      },
      '/v2': {
        get: operation('serverMetadata', 'The server', {
          200: answer('Name and version', 'metadata_server_response'),
        }),
      },
      '/v2/health/live': {
        get: operation('serverLive', 'Whether the server answers', {
          200: answer('It does', 'live_server_response'),
        }),
      },
      '/v2/health/ready': {
        get: operation('serverReady', 'Whether every declared model can answer', {
          200: answer('Every one can', 'ready_server_response'),
          503: answer('Some has to be trained first', 'ready_server_response'),
        }),
      },
      ...modelPaths('/v2/models/{name}', [NAME], 'Served'),
      ...modelPaths('/v2/models/{name}/versions/{version}', [NAME, VERSION], 'Version'),
      '/openapi.json': {
        get: operation('openApi', 'This document', {
          200: {
            description: 'OpenAPI 3.1',
            content: { 'application/json': { schema: { type: 'object' } } },
          },
        }),
      },
    },
    components: { schemas: componentSchemas() },
  }
}

/** The operations on a model, on what is served of it or on a version. */
function modelPaths(path: string, parameters: object[], suffix: string): Record<string, object> {
  const unknown = refusal('There is no such model or version')
  return {
    [path]: {
      parameters: [...parameters, SERIES],
      get: operation(`modelMetadata${suffix}`, 'The inputs and outputs of a model', {
        200: answer('Its features in order, and its versions', 'metadata_model_response'),
        404: unknown,
      }),
    },
    [`${path}/ready`]: {
      parameters: [...parameters, SERIES],
      get: operation(`modelReady${suffix}`, 'Whether a model can answer', {
        200: answer('It can', 'ready_model_response'),
        404: unknown,
        503: answer('It has to be trained first', 'ready_model_response'),
      }),
    },
    [`${path}/infer`]: {
      parameters,
      post: {
        ...operation(`infer${suffix}`, 'What a model says of rows', {
          200: answer('A prediction for each row, in their order', 'inference_response'),
          400: refusal('The tensors do not fit the model'),
          404: unknown,
        }),
        requestBody: {
          required: true,
          content: { 'application/json': { schema: reference('inference_request') } },
        },
      },
    },
  }
}

const NAME = {
  name: 'name',
  in: 'path',
  required: true,
  description: 'A model, or "champion": the one that is the champion of the series.',
  schema: { type: 'string' },
}

const VERSION = {
  name: 'version',
  in: 'path',
  required: true,
  description:
    'A number; "latest": the newest one registered; "champion": what is served now. Of the model "champion", "latest" is what is served, too.',
  schema: { type: 'string', pattern: '^([0-9]{1,15}|latest|champion)$' },
}

const SERIES = {
  name: 'series',
  in: 'query',
  description: 'Whose champion; mltest if it is not given.',
  schema: { type: 'string' },
}

function operation(operationId: string, summary: string, responses: object): object {
  return { operationId, summary, responses }
}

function answer(description: string, schema: SchemaName): object {
  return { description, content: { 'application/json': { schema: reference(schema) } } }
}

function refusal(description: string): object {
  return answer(description, 'inference_error_response')
}

function problemAnswer(description: string): object {
  return { description, content: { 'application/problem+json': { schema: reference('problem') } } }
}

function reference(schema: SchemaName): object {
  return { $ref: placeOf(schema) }
}

function placeOf(schema: string): string {
  return `#/components/schemas/${schema}`
}

function componentSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, { uri: placeOf, io: 'input' })
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _dialect, $id: _place, ...schema }]) => [
      id,
      schema,
    ]),
  )
}
