import { z } from 'zod'

import type { Prediction, Score } from '../events.ts'

/** What a store keeps as JSON, checked when it is read back: a file or a server is outside, too. */

const trainedThrough = z.exactOptional(z.union([z.string(), z.null()]))
const bound = z.union([z.number(), z.null()])

const features = z.record(z.string(), z.number())

const predictions: z.ZodType<Record<string, Prediction>> = z.record(
  z.string(),
  z.object({
    prediction: z.number(),
    version: z.number(),
    lower: bound,
    upper: bound,
    level: bound,
    trainedThrough,
    stateRevision: z.exactOptional(z.number()),
    champion: z.boolean(),
  }),
)

const scores: z.ZodType<Record<string, Score>> = z.record(
  z.string(),
  z.object({
    series: z.string(),
    timestamp: z.string(),
    model: z.string(),
    version: z.number(),
    horizon: z.number(),
    origin: z.string(),
    error: z.number(),
    ypred_: z.number(),
    ytrue_: z.number(),
    lower: bound,
    upper: bound,
    level: bound,
    trainedThrough,
    stateRevision: z.exactOptional(z.number()),
    late: z.boolean(),
  }),
)

const headers = z.record(z.string(), z.string())

export const parseFeaturesDocument = (json: string): Record<string, number> =>
  features.parse(JSON.parse(json))

export const parsePredictionsDocument = (json: string): Record<string, Prediction> =>
  predictions.parse(JSON.parse(json))

export const parseScoresDocument = (json: string): Record<string, Score> =>
  scores.parse(JSON.parse(json))

export const parseHeadersDocument = (json: string): Record<string, string> =>
  headers.parse(JSON.parse(json))
