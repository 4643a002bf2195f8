import { z } from 'zod'

/** A batch is answered in one piece. */
export const MAX_ROWS = 10_000
const MAX_TENSORS = 1_000

const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

const number = { type: 'number' }

/** Its elements are looked at once the shape is known: there may be a million. */
const tensorData = z.array(z.unknown()).meta({
  description: 'Row by row, flat or nested as the shape says.',
  items: { anyOf: [number, { type: 'array', items: number }] },
})

/** Types whose elements are numbers. */
const datatype = z.enum(
  'FP16 FP32 FP64 INT8 INT16 INT32 INT64 UINT8 UINT16 UINT32 UINT64'.split(' '),
)

const requestInput = z
  .object({
    name: z.string(),
    shape: z.array(z.int().min(1)).min(1).max(2),
    datatype,
    parameters: parameters.optional(),
    data: tensorData,
  })
  .meta({
    description:
      'One feature, of shape [n] or [n, 1]; or, alone, all features in the order of the model, of shape [n, features].',
  })

const requestOutput = z.object({ name: z.string(), parameters: parameters.optional() })

const inferenceRequest = z
  .object({
    id: z.string().optional(),
    parameters: parameters.optional(),
    inputs: z.array(requestInput).min(1).max(MAX_TENSORS),
    outputs: z.array(requestOutput).optional(),
  })
  .meta({
    description: `At most ${MAX_ROWS} rows. Of the model "champion" the parameter "series" says whose.`,
  })

const responseOutput = z
  .strictObject({
    name: z.enum(['prediction', 'lower', 'upper']),
    shape: z.array(z.int()).length(1),
    datatype: z.literal('FP64'),
    parameters,
    data: z.array(z.number()),
  })
  .meta({
    description:
      'Parameters of the prediction: "trainedThrough", the newest row learnt, and of a model that learns online "stateRevision". Of the bounds: "level", the share of targets that should lie between them.',
  })

const inferenceResponse = z.strictObject({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  parameters: parameters.optional(),
  outputs: z.array(responseOutput),
})

const metadataTensor = z.strictObject({
  name: z.string(),
  datatype: z.literal('FP64'),
  shape: z.array(z.int()),
})

const modelMetadata = z
  .strictObject({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(metadataTensor),
    outputs: z.array(metadataTensor),
    properties: z.record(z.string(), z.string()),
  })
  .meta({
    description:
      'The inputs are the features, in the order of the model. The properties tell of the version that would answer.',
  })

/**
 * The objects of the Open Inference Protocol, version 2, under the names they have in its own OpenAPI document
 * (github.com/kserve/open-inference-protocol). Requests are read by them, and our OpenAPI document shows them.
 */
export const inferenceSchemas = {
  parameters,
  tensor_data: tensorData,
  request_input: requestInput,
  request_output: requestOutput,
  inference_request: inferenceRequest,
  response_output: responseOutput,
  inference_response: inferenceResponse,
  metadata_tensor: metadataTensor,
  metadata_model_response: modelMetadata,
  metadata_server_response: z.strictObject({
    name: z.string(),
    version: z.string(),
    extensions: z.array(z.string()),
  }),
  live_server_response: z.strictObject({ live: z.literal(true) }),
  ready_server_response: z.strictObject({ live: z.literal(true), ready: z.boolean() }),
  ready_model_response: z.strictObject({ name: z.string(), ready: z.boolean() }),
  inference_error_response: z.strictObject({ error: z.string() }),
}

/** An object of the protocol. */
export type Inference<Name extends keyof typeof inferenceSchemas> = z.infer<
  (typeof inferenceSchemas)[Name]
>
