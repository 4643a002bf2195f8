import { z } from 'zod'

const row = z
  .looseObject({
    timestamp: z
      .string()
      .meta({ description: 'ISO 8601; one without a zone is UTC. Answered as sent.' }),
    series: z
      .unknown()
      .optional()
      .meta({ description: 'Of the first row: whose champion is asked, when it is a text.' }),
  })
  .meta({
    description:
      "Beside its timestamp a number, or null, for each of the model's features. Other fields are ignored.",
  })

const rows = z.array(row)

const storedModel = z.strictObject({
  _id: z.strictObject({ $oid: z.string().regex(/^[0-9a-f]{24}$/) }),
  filename: z.string(),
  length: z.int(),
  chunkSize: z.int(),
  uploadDate: z.strictObject({ $date: z.iso.datetime() }),
  model_name: z.string(),
  version: z.int(),
  description: z.string(),
  score: z.number(),
})

/** What the web service of the seed system takes and answers. */
export const restSchemas = {
  row,
  rows,
  rows_body: z.union([rows, z.looseObject({ rows })]),
  rows_form: z.looseObject({
    data: z.string().meta({
      contentMediaType: 'application/json',
      contentSchema: { $ref: '#/components/schemas/rows_body' },
    }),
  }),
  stored_model: storedModel,
  stored_models: z.array(storedModel).max(1_000),
  predictions: z.array(
    z.strictObject({
      timestamp: z.string(),
      prediction: z.number(),
      version: z.int(),
      model: z.string(),
    }),
  ),
  problem: z
    .strictObject({
      type: z.literal('about:blank'),
      title: z.string(),
      status: z.int(),
      detail: z.string(),
      code: z.string(),
    })
    .meta({ description: 'RFC 9457: what is wrong in "detail", a stable word for it in "code".' }),
}
