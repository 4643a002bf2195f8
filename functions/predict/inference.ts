import { RejectedError } from '../lib/errors.ts'
import { DEFAULT_SERIES } from '../lib/events.ts'
import type { DeclaredModel } from '../lib/ports/declared-models.ts'
import { json } from '../lib/ports/web.ts'
import type { WebAnswer, WebRequest, WebRoute } from '../lib/ports/web.ts'
import { findAskedModel } from './asked-model.ts'
import type { Wanted } from './asked-model.ts'
import { infer, outputsOf, parseInferenceRequest, seriesOfRequest } from './infer.ts'
import type { Inference } from './inference-schemas.ts'
import type { Serving } from './serving.ts'

interface Needs {
  declared: readonly DeclaredModel[]
  serving: Serving
}

/** The version is that of `package.json`. */
const SERVER = { name: 'nowcast', version: '0.1.0', extensions: [] }
const MODEL = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(infer|ready))?$/

/**
 * The Open Inference Protocol, version 2, over REST: `/v2`, `/v2/health/live`, `/v2/health/ready` and
 * `/v2/models/<name>[/versions/<version>][/ready|/infer]`. The name may be `champion`, the version a number, `latest` or
 * `champion`; without a version what is served answers. A refusal is `{error}`.
 */
export const inferenceRoute =
  (needs: Needs): WebRoute =>
  (request) =>
    /^\/v2(\/|$)/.test(request.path) ? answer(needs, request) : undefined

async function answer(needs: Needs, request: WebRequest): Promise<WebAnswer> {
  const path = request.path.replace(/\/$/, '')
  const [, name, version = 'champion', verb] = MODEL.exec(path) ?? []
  if (name !== undefined) {
    if (verb === 'infer')
      return only('POST', request, () => inferred(needs, name, version, request))
    const series = new URLSearchParams(request.query).get('series') ?? DEFAULT_SERIES
    const about = verb === 'ready' ? modelReady : modelMetadata
    return only('GET', request, () => about(needs, { name, version, series }))
  }
  switch (path) {
    case '/v2':
      return only('GET', request, () =>
        json(200, SERVER satisfies Inference<'metadata_server_response'>),
      )
    case '/v2/health/live':
      return only('GET', request, () =>
        json(200, { live: true } satisfies Inference<'live_server_response'>),
      )
    case '/v2/health/ready':
      return only('GET', request, () => serverReady(needs))
    default:
      return refused(404, `there is nothing at ${path}`)
  }
}

async function only(
  method: 'GET' | 'POST',
  request: WebRequest,
  make: () => WebAnswer | Promise<WebAnswer>,
): Promise<WebAnswer> {
  // Of an answer to HEAD only the headers are sent.
  const asked = request.method === 'HEAD' ? 'GET' : request.method
  if (asked !== method) {
    return { ...refused(405, `${request.path} takes ${method}`), allow: method }
  }
  try {
    return await make()
  } catch (error) {
    if (error instanceof RejectedError) return refused(400, error.message)
    throw error
  }
}

/** A server is ready when all the models that are declared are. */
async function serverReady(needs: Needs): Promise<WebAnswer> {
  let ready = true
  for (const { name, series } of needs.declared) {
    const asked = await findAskedModel(needs, { name, version: 'champion', series })
    ready &&= asked.kind === 'found'
  }
  const body: Inference<'ready_server_response'> = { live: true, ready }
  return json(ready ? 200 : 503, body)
}

async function modelReady(needs: Needs, wanted: Wanted): Promise<WebAnswer> {
  const asked = await findAskedModel(needs, wanted)
  if (asked.kind === 'nothing' && !asked.mayCome) return refused(404, asked.why)
  const ready = asked.kind === 'found'
  const body: Inference<'ready_model_response'> = { name: asked.model, ready }
  return json(ready ? 200 : 503, body)
}

async function modelMetadata(needs: Needs, wanted: Wanted): Promise<WebAnswer> {
  const asked = await findAskedModel(needs, wanted)
  if (asked.kind === 'nothing') return refused(404, asked.why)
  const { model, predictor, algorithm, features, missing, versions } = asked
  const { version, trainedThrough } = predictor
  const body: Inference<'metadata_model_response'> = {
    name: model,
    versions: versions.map((registered) => String(registered.version)),
    platform: `nowcast_${algorithm}`,
    inputs: features.map(column),
    outputs: outputsOf(asked).map(column),
    properties: {
      version: String(version),
      ...(trainedThrough === null ? {} : { trainedThrough }),
      missing,
    },
  }
  return json(200, body)
}

function column(name: string): Inference<'metadata_tensor'> {
  return { name, datatype: 'FP64', shape: [-1] }
}

async function inferred(
  needs: Needs,
  name: string,
  version: string,
  { body }: WebRequest,
): Promise<WebAnswer> {
  const request = parseInferenceRequest(body)
  const asked = await findAskedModel(needs, { name, version, series: seriesOfRequest(request) })
  return asked.kind === 'nothing' ? refused(404, asked.why) : json(200, infer(request, asked))
}

function refused(status: 400 | 404 | 405, error: string): WebAnswer {
  return json(status, { error } satisfies Inference<'inference_error_response'>)
}
