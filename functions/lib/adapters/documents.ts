import { z } from 'zod'

import type { Prediction, Score, StoredRow } from '../events.ts'

/** What a store keeps, checked when it is read back: a file or a server is outside, too. */

/** A store may keep a negative zero, and JSON none: every store answers with 0. */
const number = z.number().transform((value) => value + 0)

const trainedThrough = z.exactOptional(z.union([z.string(), z.null()]))
const bound = z.union([number, z.null()])

const features = z.record(z.string(), number)

const predictions: z.ZodType<Record<string, Prediction>> = z.record(
  z.string(),
  z.object({
    prediction: number,
    version: z.number(),
    lower: bound,
    upper: bound,
    level: bound,
    trainedThrough,
    stateRevision: z.exactOptional(z.number()),
    champion: z.boolean(),
  }),
)

const row: z.ZodType<StoredRow> = z.object({
  series: z.string(),
  timestamp: z.string(),
  features: features.default({}),
  target: z.exactOptional(number),
  predictions: predictions.default({}),
})

const scores: z.ZodType<Record<string, Score>> = z.record(
  z.string(),
  z.object({
    series: z.string(),
    timestamp: z.string(),
    model: z.string(),
    version: z.number(),
    horizon: z.number(),
    origin: z.string(),
    error: number,
    ypred_: number,
    ytrue_: number,
    lower: bound,
    upper: bound,
    level: bound,
    trainedThrough,
    stateRevision: z.exactOptional(z.number()),
    late: z.boolean(),
  }),
)

const headers = z.record(z.string(), z.string())

export const parseFeatures = (value: unknown): Record<string, number> => features.parse(value)

export const parsePredictions = (value: unknown): Record<string, Prediction> =>
  predictions.parse(value)

/** A whole row; what has not arrived may be absent. */
export const parseRow = (value: unknown): StoredRow => row.parse(value)

export const parseScores = (value: unknown): Record<string, Score> => scores.parse(value)

export const parseHeaders = (value: unknown): Record<string, string> => headers.parse(value)
