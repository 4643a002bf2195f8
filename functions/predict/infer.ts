import { RejectedError } from '../lib/errors.ts'
import { DEFAULT_SERIES } from '../lib/events.ts'
import type { AskedModel } from './asked-model.ts'
import { inferenceSchemas } from './inference-schemas.ts'
import type { Inference } from './inference-schemas.ts'
import { listed, rowsOfTensors } from './inference-tensors.ts'
import { intervalAround } from './predict.ts'

export type InferenceRequest = Inference<'inference_request'>
type Output = Inference<'response_output'>['name']

/** Reads the body of an inference request; throws a `RejectedError` that names what is wrong with it. */
export function parseInferenceRequest(body: Uint8Array): InferenceRequest {
  const result = inferenceSchemas.inference_request.safeParse(parseJson(body))
  if (result.success) return result.data
  const faults = result.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.map(String).join('.') || 'the body'}: ${message}`)
  throw new RejectedError('request-invalid', faults.join('; '))
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new RejectedError('malformed-json', 'the body is not JSON in UTF-8', { cause })
  }
}

/** The series whose champion a request asks for. */
export function seriesOfRequest({ parameters }: InferenceRequest): string {
  return String(parameters?.['series'] ?? DEFAULT_SERIES)
}

/** The outputs that a model has now: bounds only where an interval is measured. */
export function outputsOf({ margin }: Pick<AskedModel, 'margin'>): Output[] {
  return margin === undefined ? ['prediction'] : ['prediction', 'lower', 'upper']
}

/**
 * What a model says of the rows of a request, in their order. Throws a `RejectedError` for tensors that do not fit the
 * model, a feature that is missing, an output that it does not have, and numbers too large to predict from.
 */
export function infer(
  request: InferenceRequest,
  asked: AskedModel,
): Inference<'inference_response'> {
  const { model, predictor, features } = asked
  const { id, parameters, inputs } = request
  const outputs = requestedOutputs(request, asked)
  const predictions = rowsOfTensors(inputs, features).map((row, index) =>
    predictRow(asked, row, index),
  )
  return {
    model_name: model,
    model_version: String(predictor.version),
    ...(id === undefined ? {} : { id }),
    ...(parameters === undefined ? {} : { parameters }),
    outputs: outputs.map((output) => outputTensor(output, predictions, asked)),
  }
}

/** Each output that is asked for, once; every one when none is. */
function requestedOutputs({ outputs = [] }: InferenceRequest, asked: AskedModel): Output[] {
  const offered = outputsOf(asked)
  if (outputs.length === 0) return offered
  return [...new Set(outputs.map(({ name }) => name))].map((name) => {
    const output = offered.find((other) => other === name)
    if (output !== undefined) return output
    throw new RejectedError(
      'output-unknown',
      `model "${asked.model}" has no output "${name.slice(0, 80)}" now; it has ${listed(offered)}`,
    )
  })
}

function predictRow(
  { predictor, missing }: AskedModel,
  row: Readonly<Record<string, number>>,
  index: number,
): number {
  const outcome = predictor.predict(row, missing)
  switch (outcome.kind) {
    case 'predicted':
      return outcome.prediction
    case 'missing':
      throw new RejectedError('feature-missing', `there is no tensor "${listed(outcome.features)}"`)
    case 'overflow':
      throw tooLarge(index)
  }
}

function outputTensor(
  name: Output,
  predictions: number[],
  { predictor, margin }: AskedModel,
): Inference<'response_output'> {
  const { trainedThrough, stateRevision } = predictor
  const shape = [predictions.length]
  if (name === 'prediction') {
    const parameters = {
      ...(trainedThrough === null ? {} : { trainedThrough }),
      ...(stateRevision === undefined ? {} : { stateRevision }),
    }
    return { name, shape, datatype: 'FP64', parameters, data: predictions }
  }
  const parameters = margin === undefined ? {} : { level: margin.level }
  const data = predictions.map((prediction, index) => {
    const bound = intervalAround(prediction, margin)[name]
    if (bound === null) throw tooLarge(index)
    return bound
  })
  return { name, shape, datatype: 'FP64', parameters, data }
}

function tooLarge(index: number): RejectedError {
  return new RejectedError('not-a-number', `row ${index}: the numbers are too large`)
}
