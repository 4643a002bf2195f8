import { RejectedError } from '../lib/errors.ts'
import { DEFAULT_SERIES } from '../lib/events.ts'
import type { DeclaredModel } from '../lib/ports/declared-models.ts'
import type { Models } from '../lib/ports/models.ts'
import { json, problem } from '../lib/ports/web.ts'
import type { WebAnswer, WebRequest, WebRoute } from '../lib/ports/web.ts'
import { isRecord, rowTime } from '../lib/row-events.ts'
import { findAskedModel } from './asked-model.ts'
import type { AskedModel } from './asked-model.ts'
import type { Serving } from './serving.ts'

interface Needs {
  declared: readonly DeclaredModel[]
  models: Models
  serving: Serving
}

const MAX_LISTED = 1_000
const PREDICT = /^\/predict\/([^/]+)\/([^/]+)\/?$/

/** The seed system's web service: `GET /models` and `POST /predict/<name>/<version>/`. */
export const restRoute =
  (needs: Needs): WebRoute =>
  (request) => {
    if (/^\/models\/?$/.test(request.path)) {
      return allow(request, 'GET', () => listModels(needs.models))
    }
    const [, name, version] = PREDICT.exec(request.path) ?? []
    if (name === undefined || version === undefined) return undefined
    return allow(request, 'POST', () => predictRows(needs, name, version, request))
  }

async function allow(
  request: WebRequest,
  method: string,
  answer: () => Promise<WebAnswer>,
): Promise<WebAnswer> {
  // Of an answer to HEAD only the headers are sent.
  if (request.method === method || (method === 'GET' && request.method === 'HEAD')) return answer()
  const sentence = `${request.path} takes ${method}`
  return { ...problem(405, 'method-not-allowed', 'Method not allowed', sentence), allow: method }
}

/** The versions as the seed's GridFS documents looked in extended JSON. */
async function listModels(models: Models): Promise<WebAnswer> {
  const versions = await models.list({ limit: MAX_LISTED })
  return json(
    200,
    versions.map(({ id, name, version, length, uploadedAt, description, score }) => ({
      _id: { $oid: id },
      filename: `${name}_v${version}.json`,
      length,
      chunkSize: 261_120,
      uploadDate: { $date: uploadedAt },
      model_name: name,
      version,
      description,
      score,
    })),
  )
}

async function predictRows(
  needs: Needs,
  name: string,
  version: string,
  request: WebRequest,
): Promise<WebAnswer> {
  const rows = parseBody(request)
  const asked = await findAskedModel(needs, { name, version, series: seriesOf(rows) })
  if (asked.kind === 'nothing') return problem(404, 'not-found', 'Not found', asked.why)
  return json(
    200,
    rows.map((row, index) => ({
      timestamp: row['timestamp'],
      prediction: predictRow(asked, row, index),
      version: asked.predictor.version,
      model: asked.model,
    })),
  )
}

function seriesOf(rows: readonly Record<string, unknown>[]): string {
  const series = rows[0]?.['series']
  return typeof series === 'string' ? series : DEFAULT_SERIES
}

function predictRow(
  { predictor, features: names, missing }: AskedModel,
  row: Record<string, unknown>,
  index: number,
): number {
  const features: Record<string, number> = {}
  for (const name of names) {
    const value = row[name]
    if (value === undefined || value === null) continue
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw new RejectedError('not-a-number', `row ${index}: "${name}" is no finite number`)
    }
    features[name] = value
  }
  const outcome = predictor.predict(features, missing)
  switch (outcome.kind) {
    case 'predicted':
      return outcome.prediction
    case 'missing':
      throw new RejectedError(
        'feature-missing',
        `row ${index} lacks ${outcome.features.join(', ')}`,
      )
    case 'overflow':
      throw new RejectedError('not-a-number', `row ${index}: the numbers are too large`)
  }
}

/** The rows of a form field `data`, as the seed's clients send them, or of a JSON body. */
function parseBody({ headers, body }: WebRequest): Record<string, unknown>[] {
  const text = new TextDecoder().decode(body)
  const isJson = headers['content-type']?.includes('json') ?? false
  const data = isJson ? text : new URLSearchParams(text).get('data')
  if (data === null) {
    throw new RejectedError('no-rows', 'no form field "data" with a JSON array of rows')
  }
  const rows = rowsIn(parseJson(data))
  for (const [index, row] of rows.entries()) {
    if (!isRecord(row)) throw new RejectedError('not-an-object', `row ${index} is no JSON object`)
    try {
      rowTime(row)
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error
      throw new RejectedError(error.code, `row ${index}: ${error.message}`, { cause: error })
    }
  }
  return rows.filter(isRecord)
}

function rowsIn(data: unknown): unknown[] {
  if (Array.isArray(data)) return data
  if (isRecord(data) && Array.isArray(data['rows'])) return data['rows']
  throw new RejectedError('no-rows', 'the data is no JSON array of rows')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RejectedError('malformed-json', 'the data is not JSON', { cause })
  }
}
